import { describe, expect, it } from 'vitest'
import { readPlanArguments } from './plan-arguments.js'
import { UsageError } from './usage-error.js'

const given = { rate: '100', p50: '10', p99: '50', connect: '20', target: '5', max: '30' }

function argv(changed: Readonly<Record<string, string | undefined>> = {}): readonly string[] {
  return Object.entries({ ...given, ...changed }).flatMap(([name, value]) =>
    value === undefined ? [] : [`--${name}=${value}`],
  )
}

describe('the arguments of a plan', () => {
  it('are numbers, ms but for the duration, with defaults for those that can be left out', () => {
    expect(readPlanArguments(argv())).toEqual({
      request: {
        rate: 100,
        p50: 10,
        p99: 50,
        connect: 20,
        target: 5,
        max: 30,
        min: 0,
        timeout: 30_000,
        duration: 1_000_000,
        seed: 1,
      },
      svg: undefined,
      json: false,
    })
    expect(
      readPlanArguments([...argv({ min: '3', timeout: '1e3', duration: '60', seed: '-7', svg: 'a b.svg' }), '--json']),
    ).toMatchObject({ request: { min: 3, timeout: 1_000, duration: 60_000, seed: -7 }, svg: 'a b.svg', json: true })
  })

  it('leave p99 open: then nothing is known but the median', () => {
    expect(readPlanArguments(argv({ p99: undefined })).request.p99).toBeUndefined()
  })

  it('simulate long enough where requests are long, and a week at most where they are rare', () => {
    const duration = (changed: Record<string, string>) => readPlanArguments(argv(changed)).request.duration / 1_000
    expect(duration({ rate: '1e6', p50: '9000', p99: '9000', connect: '1000' })).toBe(1_000)
    expect(duration({ rate: '0.001' })).toBe(7 * 24 * 3_600)
  })

  it.each([
    ['rate', undefined, '--rate is missing'],
    ['target', undefined, '--target is missing'],
    ['rate', '0', '--rate 0: a number above 0 is needed'],
    ['rate', 'many', '--rate many: a number is needed'],
    ['rate', '', '--rate : a number is needed'],
    ['rate', 'Infinity', '--rate Infinity: a number is needed'],
    ['p50', '-1', '--p50 -1: a number above 0 is needed'],
    ['p99', '9', '--p99 9: at least --p50 (10) is needed'],
    ['connect', '-1', '--connect -1: a number of at least 0 is needed'],
    ['target', '0', '--target 0: a number above 0 is needed'],
    ['max', '2.5', '--max 2.5: a whole number of at least 1 is needed'],
    ['min', '-1', '--min -1: a whole number of at least 0 is needed'],
    ['min', '31', '--min 31: at most --max (30) is needed'],
    ['timeout', '5', '--timeout 5: more than --target (5) is needed'],
    ['duration', '0', '--duration 0: a number above 0 is needed'],
    ['seed', '1.5', '--seed 1.5: a whole number is needed'],
    ['colour', 'red', "Unknown option '--colour'"],
  ])('are refused, by name and value, where --%s is %s', (name, value, message) => {
    const read = () => readPlanArguments(argv({ [name]: value }))
    expect(read).toThrow(UsageError)
    expect(read).toThrow(message)
  })

  it.each([
    ['an argument that belongs to nothing', ['extra'], "'extra'"],
    ['an option without its value', ['--svg'], '--svg'],
  ])('are refused with %s', (_, more, message) => {
    const read = () => readPlanArguments([...argv(), ...more])
    expect(read).toThrow(UsageError)
    expect(read).toThrow(message)
  })
})
