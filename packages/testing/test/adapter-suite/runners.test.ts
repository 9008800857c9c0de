import { execFile } from 'node:child_process'
import { createRequire } from 'node:module'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { adapterSuite } from '../../src/adapter-suite/adapter-suite.js'
import type { AdapterSuiteOptions } from '../../src/adapter-suite/adapter-suite-options.js'
import { lineAdapter } from '../faulty-adapters/line-adapter.js'
import type { LineClient } from '../faulty-adapters/line-client.js'
import { LineServer } from '../faulty-adapters/line-server.js'
import { bundleFixture } from './bundled-fixture.js'
import { CollectingRunner } from './collecting-runner.js'
import { lineSuite } from './line-suite.js'

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

interface Run {
  readonly code: unknown
  readonly out: string
  readonly err: string
}

let fixture: Awaited<ReturnType<typeof bundleFixture>>
beforeAll(async () => {
  fixture = await bundleFixture()
})
afterAll(() => fixture.remove())

/** Runs the fixture by a runner's command. */
function run(args: string[], env: Record<string, string> = {}): Promise<Run> {
  // Node's runner takes a child of another for a part of it; jest and mocha see no reason to say less in vitest.
  const { NODE_TEST_CONTEXT: _, NODE_OPTIONS: __, ...inherited } = process.env
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      args,
      { cwd: fixture.folder, env: { ...inherited, ...env }, maxBuffer: 2 ** 26 },
      (error, out, err) => resolve({ code: error?.code ?? 0, out, err }),
    )
  })
}

const bin = (name: string) => createRequire(import.meta.url).resolve(name)

describe('in node:test', { timeout: 60_000 }, () => {
  const nodeTest = (env?: Record<string, string>) => run(['--test-reporter=tap', '--test', fixture.file], env)

  it('the suite passes, and what is not covered is skipped with the reason', async () => {
    const { code, out } = await nodeTest()
    expect(out).toMatch(/ok \d+ - close may be asked twice/)
    expect(out).toContain(`# SKIP not covered: ${isUsable} — needs server.kill`)
    expect(out).toContain(`- not covered: ${clean} — needs dirty and isClean # SKIP`)
    expect(out).toMatch(/\n# fail 0\n/)
    expect(code).toBe(0)
  })

  it('the suite fails for a faulty adapter, and says what was promised', async () => {
    const { code, out } = await nodeTest({ FAULT: 'yes' })
    expect(out).toMatch(/not ok \d+ - close ends the connection on the server/)
    expect(out).toContain('Promised: the server has 0 open after close.')
    expect(code).toBe(1)
  })
})

describe('in mocha', { timeout: 60_000 }, () => {
  const mocha = (env?: Record<string, string>) => run([bin('mocha/bin/mocha.js'), '--reporter=json', fixture.file], env)

  it('the suite passes within its own limits of time, and what is not covered is pending with the reason', async () => {
    const { code, out } = await mocha()
    const { stats, pending } = JSON.parse(out)
    expect([stats.failures, code]).toEqual([0, 0])
    expect(stats.passes).toBeGreaterThan(15)
    const titles = pending.map(({ title }: { title: string }) => title)
    expect(titles).toContain(`not covered: ${isUsable} — needs server.kill`)
    expect(titles).toContain(`not covered: ${clean} — needs dirty and isClean`)
  })

  it('the suite fails for a faulty adapter, and says what was promised', async () => {
    const { code, out } = await mocha({ FAULT: 'yes' })
    const failures: { title: string; err: { message: string } }[] = JSON.parse(out).failures
    const [close] = failures.filter(({ title }) => title.startsWith('close ends the connection on the server'))
    expect(close?.err.message).toContain('Promised: the server has 0 open after close.')
    expect(code).toBeGreaterThan(0)
  })
})

describe('in jest', { timeout: 60_000 }, () => {
  const config = JSON.stringify({ testEnvironment: 'node', transform: {}, testMatch: ['**/*.cjs'] })
  const jest = (env?: Record<string, string>) => run([bin('jest/bin/jest'), '--json', '--config', config], env)

  it('the suite passes within its own limits of time, and warns of what is not covered', async () => {
    const { code, out, err } = await jest()
    const { numFailedTests, numPassedTests, testResults } = JSON.parse(out)
    expect([numFailedTests, code]).toEqual([0, 0])
    expect(numPassedTests).toBeGreaterThan(15)
    expect(err).toContain(`not covered: ${isUsable} — needs server.kill`)
    expect(testResults[0].assertionResults).toContainEqual(
      expect.objectContaining({ title: `not covered: ${clean} — needs dirty and isClean`, status: 'pending' }),
    )
  })

  it('the suite fails for a faulty adapter, and says what was promised', async () => {
    const { code, out } = await jest({ FAULT: 'yes' })
    const results: { title: string; failureMessages: string[] }[] = JSON.parse(out).testResults[0].assertionResults
    const [close] = results.filter(({ title }) => title.startsWith('close ends the connection on the server'))
    expect(close?.failureMessages.join()).toContain('Promised: the server has 0 open after close.')
    expect(code).toBe(1)
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
