import { describe, expect, it } from 'vitest'
import { adapterSuite } from '../../src/adapter-suite/adapter-suite.js'
import type { AdapterSuiteOptions } from '../../src/adapter-suite/adapter-suite-options.js'
import { faultyAdapters } from '../faulty-adapters/faulty-adapters.js'
import type { LineClient } from '../faulty-adapters/line-client.js'
import { CollectingRunner, type Result } from './collecting-runner.js'
import { lineSuite } from './line-suite.js'

function adapterThat(fault: string) {
  const found = faultyAdapters.find((faulty) => faulty.fault === fault)
  if (found === undefined) throw new Error(`no adapter ${fault}`)
  return lineSuite(found.make)
}

async function runPrograms(options: AdapterSuiteOptions<LineClient>): Promise<Result | undefined> {
  const runner = new CollectingRunner()
  adapterSuite(runner, options)
  const [result] = await runner.run((title) => title.startsWith('keeps the promises of a pool'))
  return result
}

const faults = [
  ['leaves its socket open when an open is aborted', 'the server still has 1 connection(s) open'],
  ['never settles an open that was aborted', 'open(s) had not settled'],
  ['resolves before the server has welcomed it', 'which the server had ended before'],
  ['leaves an answer of its check to the next borrower', 'borrower'],
  ['calls every connection usable', 'says that it is usable after pool.close()'],
  ['resets half of it', 'what an earlier borrower had left there'],
  ['resets only once', 'what an earlier borrower had left there'],
  ['leaves the server side of a closed connection open', 'the server still has 1 connection(s) open'],
  ['fails for good after one failure', 'nobody is served, though the server is well'],
] as const

describe.concurrent('random programs', { timeout: 120_000 }, () => {
  it.each(faults)('find by themselves an adapter that %s', async (fault, violation) => {
    const result = await runPrograms({ ...adapterThat(fault), runs: 200, seed: 6 })
    expect(result?.how).toBe('failed')
    expect(result?.why).toContain(violation)
  })

  it('print the shortest that fails as a timeline, with what replays it', async () => {
    const { why = '' } = (await runPrograms({ ...adapterThat('resets half of it'), runs: 100, seed: 6 })) ?? {}
    const [, violation, timeline = '', options, again] =
      why.match(/^(.*)\.\n\nThe shortest program .*\n\n([\s\S]*)\n\n(The pool's options: .*)\n(To run it again.*)$/) ??
      []
    expect(violation).toMatch(
      /^borrower \d found on connection \d what an earlier borrower had left there \(invariant 8\)$/,
    )
    expect(timeline.replaceAll(/^ +\d+ ms {2}/gm, '')).toMatch(/borrower \d: use, dirty\n {4}connection \d is open/)
    expect(timeline.split('\n').length).toBeLessThan(12)
    expect(options).toContain('size: { max: 1, min: 0 }')
    expect(again).toMatch(/^To run it again, give the suite \{ seed: 6, path: '[\d:]+' \}\.$/)
  })

  it('are the same again with the same seed, and begin with the one that failed when given its path', async () => {
    const options = adapterThat('resets half of it')
    const { why = '' } = (await runPrograms({ ...options, runs: 100, seed: 6 })) ?? {}
    const [, path = ''] = why.match(/path: '([\d:]+)'/) ?? []
    const again = await runPrograms({ ...options, runs: 100, seed: 6, path })
    expect(again?.why).toContain('what an earlier borrower had left there')
    expect(again?.why).toContain('run 1 of 100 failed')
  })

  it('are as many as asked for, each on a server of its own', async () => {
    let setups = 0
    const { setup, ...options } = lineSuite()
    const count = () => {
      setups++
      return setup()
    }
    expect(await runPrograms({ ...options, setup: count, runs: 4 })).toMatchObject({ how: 'passed' })
    // One more tells what can be done to the server.
    expect(setups).toBe(5)
  })

  it('need nothing of the server', async () => {
    const { setup, ...options } = lineSuite()
    const bare = async () => ({ ...(await setup()), server: {} })
    expect(await runPrograms({ ...options, setup: bare, runs: 10 })).toMatchObject({ how: 'passed' })
  })
})
