import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { adapterSuite } from '../../src/adapter-suite/adapter-suite.js'
import type { AdapterSuiteOptions } from '../../src/adapter-suite/adapter-suite-options.js'
import { lineAdapter } from '../faulty-adapters/line-adapter.js'
import type { LineClient } from '../faulty-adapters/line-client.js'
import { LineServer } from '../faulty-adapters/line-server.js'
import { CollectingRunner } from './collecting-runner.js'
import { JestLike } from './jest-like.js'
import { lineSuite } from './line-suite.js'
import { MochaLike } from './mocha-like.js'

const isUsable = 'isUsable turns false once the server has ended the connection, and stays so (invariant 8)'
const clean = 'reset leaves no state of the last lease, time after time (invariant 8)'

/** Of the server only its count is known, and of borrowers nothing. */
const poor: AdapterSuiteOptions<LineClient> = {
  name: 'line',
  runs: 3,
  async setup() {
    const server = await LineServer.start()
    const { openCount } = server
    return {
      adapter: lineAdapter(server.port),
      server: { openCount: openCount.bind(server) },
      teardown: () => server.stop(),
    }
  },
}

/** Runs the fixture by Node's own runner. */
function nodeTest(env: Record<string, string>): Promise<{ code: unknown; tap: string }> {
  const folder = fileURLToPath(new URL('../..', import.meta.url))
  const fixture = fileURLToPath(new URL('node-test-fixture.ts', import.meta.url))
  const args = ['--import', 'tsx', '--test-reporter=tap', '--test', fixture]
  // Node's runner takes a child of another for a part of it.
  const { NODE_TEST_CONTEXT: _, ...inherited } = process.env
  return new Promise((resolve) => {
    execFile(process.execPath, args, { cwd: folder, env: { ...inherited, ...env } }, (error, tap) =>
      resolve({ code: error?.code ?? 0, tap }),
    )
  })
}

describe('in node:test', { timeout: 60_000 }, () => {
  it('the suite passes, and what is not covered is skipped with the reason', async () => {
    const { code, tap } = await nodeTest({})
    expect(tap).toMatch(/ok \d+ - close may be asked twice/)
    expect(tap).toContain(`# SKIP not covered: ${isUsable} — needs server.kill`)
    expect(tap).toContain(`- not covered: ${clean} — needs dirty and isClean # SKIP`)
    expect(tap).toMatch(/\n# fail 0\n/)
    expect(code).toBe(0)
  })

  it('the suite fails for a faulty adapter, and says what was promised', async () => {
    const { code, tap } = await nodeTest({ FAULT: 'yes' })
    expect(tap).toMatch(/not ok \d+ - close ends the connection on the server/)
    expect(tap).toContain('Promised: the server has 0 open after close.')
    expect(code).toBe(1)
  })
})

describe('in mocha', { timeout: 60_000 }, () => {
  it('the suite passes, lifts the limit of 2 s, and retitles what is not covered', async () => {
    const runner = new MochaLike()
    adapterSuite(runner, poor)
    const results = await runner.run()
    expect(results.filter(({ how }) => how === 'failed')).toEqual([])
    expect(Math.min(...runner.limits.values())).toBeGreaterThan(10_000)
    const notCovered = results.filter(({ how }) => how === 'not covered').map(({ title }) => title)
    expect(notCovered).toContain(`not covered: ${isUsable} — needs server.kill`)
    expect(notCovered).toContain(`not covered: ${clean} — needs dirty and isClean`)
  })
})

describe('in jest', { timeout: 60_000 }, () => {
  afterEach(() => {
    vi.restoreAllMocks()
  })

  it('the suite passes, lifts the limit of 5 s, and warns of what is not covered', async () => {
    const warn = vi.spyOn(console, 'warn').mockReturnValue()
    const runner = new JestLike()
    adapterSuite(runner, poor)
    const results = await runner.run()
    expect(results.filter(({ how }) => how === 'failed')).toEqual([])
    const limits = [...runner.limits].filter(([title]) => !title.startsWith('not covered')).map(([, limit]) => limit)
    expect(Math.min(...limits)).toBeGreaterThan(10_000)
    expect(warn).toHaveBeenCalledWith(`not covered: ${isUsable} — needs server.kill`)
    expect(results).toContainEqual(
      expect.objectContaining({ title: `not covered: ${clean} — needs dirty and isClean` }),
    )
  })
})

describe('in a runner that cannot skip', () => {
  it('what is known not to be covered is a test whose title says so', () => {
    const titles: string[] = []
    adapterSuite({ describe: (_title, define) => define(), it: (title) => titles.push(title) }, poor)
    expect(titles).toContain(`not covered: ${clean} — needs dirty and isClean`)
  })
})

describe('each test', () => {
  it('has a server of its own, which is taken down, also when the clause fails', async () => {
    const taken: string[] = []
    const runner = new CollectingRunner()
    const { setup, ...options } = lineSuite((port) => ({ ...lineAdapter(port), isUsable: () => true }))
    adapterSuite(runner, {
      ...options,
      async setup() {
        const made = await setup()
        taken.push('set up')
        return { ...made, teardown: () => taken.push('taken down') && made.teardown() }
      },
    })
    await runner.run((title) => title.startsWith('isUsable'))
    expect(taken).toEqual(['set up', 'taken down', 'set up', 'taken down'])
  })

  it('fails when the setup gives no adapter', async () => {
    const runner = new CollectingRunner()
    adapterSuite(runner, { name: 'none', setup: () => ({}) as never })
    const [result] = await runner.run((title) => title.startsWith('open gives'))
    expect(result?.why).toContain('Promised: setup() gives { adapter, server, teardown }.')
  })

  it('says which function of the setup failed, and how', async () => {
    const runner = new CollectingRunner()
    const { setup, ...options } = lineSuite()
    const setUp = async () => {
      const made = await setup()
      return { ...made, server: { openCount: () => Promise.reject(new Error('no admin connection')) } }
    }
    adapterSuite(runner, { ...options, setup: setUp })
    const [result] = await runner.run((title) => title.startsWith('close ends'))
    expect(result?.why).toContain('server.openCount() of the setup')
    expect(result?.why).toContain('it rejected with Error: no admin connection')
  })
})
