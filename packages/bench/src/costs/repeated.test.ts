import { expect, it } from 'vitest'
import type { Figures, Probe } from './probe.js'
import { repeated } from './repeated.js'

const probeOf = (contender: 'floor' | 'tarn'): Probe => ({ kind: 'memory', contender, of: 'idle', count: 1 })
const probes = new Map([
  ['floor', probeOf('floor')],
  ['tarn', probeOf('tarn')],
])

it('asks each probe once a round and gives the median of each figure', async () => {
  const answers: Record<string, number[]> = { floor: [3, 1, 2], tarn: [30, 50, 40] }
  const ask = async ({ contender }: Probe): Promise<Figures> => {
    const bytes = answers[contender]?.shift() as number
    return { bytes, half: bytes / 2 }
  }
  let said = ''
  const found = await repeated(probes, { rounds: 3 }, (text) => (said += text), ask)
  expect(found.get('floor')).toMatchObject({ bytes: { median: 2 }, half: { median: 1 } })
  expect(found.get('tarn')).toMatchObject({ bytes: { median: 40 }, half: { median: 20 } })
  expect(said).toBe('round 1 2 3\n')
})

it('does not ask again who came to no end, and says so', async () => {
  const asked: string[] = []
  const ask = async ({ contender }: Probe) => {
    asked.push(contender)
    return contender === 'tarn' ? undefined : { bytes: 1 }
  }
  const found = await repeated(probes, { rounds: 2 }, () => {}, ask)
  expect(found.get('tarn')).toBe('unfinished')
  expect(asked.sort()).toEqual(['floor', 'floor', 'tarn'])
})
