import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readBytes } from './calls.js'
import { LoopbackServer } from './loopback-server.js'

const tsx = createRequire(import.meta.url).resolve('tsx')
const program = fileURLToPath(new URL('idle-process.ts', import.meta.url))
const folder = fileURLToPath(new URL('..', import.meta.url))

function start(...args: string[]) {
  // From the package's folder: tsx takes the path of @millpond/core from its tsconfig.json.
  const child = spawn(process.execPath, ['--import', tsx, program, ...args], { cwd: folder, stdio: 'inherit' })
  return { child, exited: once(child, 'exit') }
}

describe('a process', () => {
  let server: LoopbackServer
  beforeEach(async () => {
    server = await LoopbackServer.plain()
  })
  afterEach(async () => {
    await server.emptied()
    expect(server.openCount).toBe(0)
    await server.close()
  })

  it('whose only connection is idle exits by itself', { timeout: 30_000 }, async () => {
    const { exited } = start(String(server.port))
    expect(await exited).toEqual([0, null])
  })

  it('whose only connection is leased stays until it is released', { timeout: 30_000 }, async () => {
    const { child, exited } = start(String(server.port), 'lend')
    const peer = await server.accepted()
    expect(await readBytes(peer, 6)).toBe('parked')
    expect(child.exitCode).toBe(null)
    peer.write('release it')
    expect(await exited).toEqual([0, null])
  })

  it('that waits for the close of its idle connection stays until that is done', { timeout: 30_000 }, async () => {
    await server.close()
    server = await LoopbackServer.plain({ allowHalfOpen: true })
    const { child, exited } = start(String(server.port), 'close')
    const peer = await server.accepted()
    await once(peer.resume(), 'end')
    expect(child.exitCode).toBe(null)
    peer.end()
    expect(await exited).toEqual([0, null])
  })
})
