import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PostgresServer } from './postgres/postgres-server.js'

const tsx = createRequire(import.meta.url).resolve('tsx')
const program = fileURLToPath(new URL('idle-process.ts', import.meta.url))
const folder = fileURLToPath(new URL('..', import.meta.url))

let server: PostgresServer
beforeAll(async () => {
  server = await PostgresServer.start()
}, 60_000)
afterAll(() => server?.stop())

function start(which: string, options: object) {
  const args = ['--import', tsx, program, which, JSON.stringify({ ...server.config, ...options })]
  // From the package's folder: tsx takes the path of @millpond/core from its tsconfig.json.
  const child = spawn(process.execPath, args, { cwd: folder, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  return { child, asked: once(child, 'message'), exited: once(child, 'exit') }
}

describe.each(['theirs', 'ours'])('a process with an idle pool: %s', { timeout: 40_000 }, (which) => {
  it('exits by itself with allowExitOnIdle', async () => {
    const { exited } = start(which, { allowExitOnIdle: true, idleTimeoutMillis: 600_000 })
    expect(await exited).toEqual([0, null])
  })

  it('stays for its idle client without, and until that has timed out', async () => {
    const { asked, exited } = start(which, { idleTimeoutMillis: 700 })
    await asked
    const began = performance.now()
    expect(await exited).toEqual([0, null])
    expect(performance.now() - began).toBeGreaterThan(500)
  })
})
