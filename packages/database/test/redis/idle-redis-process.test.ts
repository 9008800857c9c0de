import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeWith } from '../../../testing/test/real-servers/describe-with.js'
import { RedisServer } from './redis-server.js'

const tsx = createRequire(import.meta.url).resolve('tsx')
const program = fileURLToPath(new URL('idle-redis-process.ts', import.meta.url))
const folder = fileURLToPath(new URL('../..', import.meta.url))

describeWith('redis-server', 'a process with an idle pool of redis clients', () => {
  let server: RedisServer
  beforeAll(async () => {
    server = await RedisServer.start()
  })
  afterAll(() => server?.stop())

  it.each(['node-redis', 'ioredis'])('exits by itself: %s', { timeout: 40_000 }, async (which) => {
    const args = ['--import', tsx, program, which, String(server.port)]
    // From the package's folder: tsx takes the path of @millpond/core from its tsconfig.json.
    const child = spawn(process.execPath, args, { cwd: folder, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
    const exited = once(child, 'exit')
    const [asked] = await Promise.race([once(child, 'message'), exited])
    expect(asked).toBe('asked')
    expect(await exited).toEqual([0, null])
  })
})
