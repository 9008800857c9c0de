import { describe, expect, it } from 'vitest'
import { adapterSuite } from '../../src/adapter-suite/adapter-suite.js'
import { everything, type FaultyAdapter } from '../faulty-adapters/faulty-adapter.js'
import { faultyAdapters } from '../faulty-adapters/faulty-adapters.js'
import { lineAdapter } from '../faulty-adapters/line-adapter.js'
import { CollectingRunner, type Result } from './collecting-runner.js'
import { lineSuite } from './line-suite.js'

/** Counts what the whole process has: nothing else may run beside it. */
const countsProcess = '20 rounds of open and close'
/** Takes seconds: run where it is the one that is meant. */
const takesLong = 'keeps the promises of a pool'

const isMeantFor = (clause: string) => (faulty: FaultyAdapter) => faulty.clause === clause
const leaking = faultyAdapters.filter(isMeantFor(countsProcess))
const others = faultyAdapters.filter((faulty) => !leaking.includes(faulty))

/** Runs the suite over it; what fails. */
async function failuresOf({ clause, also, make }: FaultyAdapter): Promise<Result[]> {
  const runner = new CollectingRunner()
  // This seed reaches what only a long program shows.
  adapterSuite(runner, { ...lineSuite(make), runs: 100, seed: 7 })
  // Where everything may fail, nothing is learnt from the rest.
  const isApart = (title: string) =>
    also === everything || title.startsWith(countsProcess) || title.startsWith(takesLong)
  const results = await runner.run((title) => title.startsWith(clause) || !isApart(title))
  return results.filter(({ how }) => how === 'failed')
}

async function expectRejected(faulty: FaultyAdapter): Promise<void> {
  const failed = (await failuresOf(faulty)).map(({ title }) => title)
  expect(failed).toContainEqual(expect.stringMatching(`^${faulty.clause}`))
  const expected = [faulty.clause, ...faulty.also]
  expect(failed.filter((title) => !expected.some((begin) => title.startsWith(begin)))).toEqual([])
}

describe('the suite rejects, by the clause meant for it, an adapter that', () => {
  describe.concurrent('breaks a promise:', { timeout: 120_000 }, () => {
    it.each(others)('$fault', (faulty) => expectRejected(faulty))
  })

  describe('leaves something in the process:', { timeout: 60_000 }, () => {
    it.each(leaking)('$fault', async (faulty) => {
      const listeners = process.listeners('SIGUSR2')
      const most = process.getMaxListeners()
      process.setMaxListeners(100)
      await expectRejected(faulty)
      for (const listener of process.listeners('SIGUSR2')) {
        if (!listeners.includes(listener)) process.off('SIGUSR2', listener)
      }
      process.setMaxListeners(most)
    })
  })
})

it('has at least one faulty adapter for every clause that a faulty one can break', () => {
  const runner = new CollectingRunner()
  adapterSuite(runner, lineSuite())
  const meant = runner.cases.filter(({ title }) => faultyAdapters.some(({ clause }) => title.startsWith(clause)))
  const missing = runner.cases.filter((one) => !meant.includes(one)).map(({ title }) => title)
  expect(missing).toEqual([])
})

it('says what was promised and what happened', async () => {
  const runner = new CollectingRunner()
  adapterSuite(
    runner,
    lineSuite((port) => ({ ...lineAdapter(port), isUsable: () => true })),
  )
  const [result] = await runner.run((title) => title.startsWith('isUsable turns false'))
  expect(result?.why).toBe(
    'Promised: isUsable is false once the server has ended it.\n' + 'Happened: after 1000 ms it still gives true.',
  )
})
