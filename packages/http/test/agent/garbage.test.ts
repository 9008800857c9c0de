import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterEach, expect, it } from 'vitest'
import { AgentBench } from './bench-of-agents.js'
import { answerOf, begin } from './request.js'

setFlagsFromString('--expose-gc')
const gc: (options: { readonly type: 'minor' }) => void = runInNewContext('gc')

const bench = new AgentBench()
afterEach(() => bench.end())

/** Bytes that have outlived the young generation. */
function old(): number {
  // What survives twice is old.
  for (let time = 0; time < 2; time++) gc({ type: 'minor' })
  return getHeapSpaceStatistics().find(({ space_name }) => space_name === 'old_space')?.space_used_size ?? 0
}

it('leaves nothing of requests that have waited to the old generation', async () => {
  const ballast = 10_000
  const server = await bench.http()
  const agent = bench.agent({ perKey: 2 })
  const askInTurn = async (times: number) => {
    for (let time = 0; time < times; time++) {
      const request = begin(server.url(), { agent })
      Object.assign(request, { ballast: new Array(ballast).fill(time) })
      await answerOf(request)
    }
  }
  const callers = Array.from({ length: 16 }, () => askInTurn(5))
  // Whatever the agent keeps of those who wait grows old meanwhile.
  const before = old()
  await Promise.all(callers)
  await Promise.all(Array.from({ length: 16 }, () => askInTurn(20)))
  expect(old() - before).toBeLessThan(50 * ballast * 8)
})
