import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeWith } from '../../../testing/test/real-servers/describe-with.js'
import { MariadbServer } from './mariadb-server.js'

const tsx = createRequire(import.meta.url).resolve('tsx')
const program = fileURLToPath(new URL('ended-process.ts', import.meta.url))
// tsx takes the path of @millpond/core from its tsconfig.json.
const folder = fileURLToPath(new URL('../..', import.meta.url))

describeWith('mariadbd', 'a process whose pool for mysql2 has ended', () => {
  let server: MariadbServer
  beforeAll(async () => {
    server = await MariadbServer.start()
  }, 60_000)
  afterAll(() => server?.stop())

  it('exits by itself, and at once, whatever it had killed', { timeout: 40_000 }, async () => {
    const args = ['--import', tsx, program, JSON.stringify(server.config)]
    const child = spawn(process.execPath, args, { cwd: folder, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
    const exited = once(child, 'exit')
    const [state] = await once(child, 'message')
    const endedAt = performance.now()
    expect([state, await exited]).toEqual(['closed', [0, null]])
    expect(performance.now() - endedAt).toBeLessThan(700)
    expect(await server.sessions()).toEqual([])
  })
})
