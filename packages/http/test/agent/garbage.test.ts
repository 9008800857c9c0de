import { afterEach, expect, it } from 'vitest'
import { oldGeneration } from '../../../core/test/old-generation.js'
import { AgentBench } from './bench-of-agents.js'
import { answerOf, begin } from './request.js'

const bench = new AgentBench()
afterEach(() => bench.end())

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
  const before = oldGeneration()
  await Promise.all(callers)
  await Promise.all(Array.from({ length: 16 }, () => askInTurn(20)))
  expect(oldGeneration() - before).toBeLessThan(50 * ballast * 8)
})
