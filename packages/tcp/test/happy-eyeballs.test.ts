import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import net from 'node:net'
import type { Adapter } from '@millpond/core'
import { afterEach, describe, expect, it } from 'vitest'
import { type TcpOptions, tcp } from '../src/index.js'
import { openContext } from './calls.js'
import { LoopbackServer } from './loopback-server.js'

let server: LoopbackServer
const sockets: net.Socket[] = []
let silent: ChildProcess | undefined

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  silent?.kill('SIGKILL')
  silent = undefined
  await server.emptied()
  await server.close()
  net.setDefaultAutoSelectFamily(true)
})

const bothFamilies: net.LookupFunction = (_host, _options, done) =>
  done(null, [
    { address: '::1', family: 6 },
    { address: '127.0.0.1', family: 4 },
  ])

/** A name of both families, IPv6 first, of which the server listens on IPv4 only. */
function dual(options: TcpOptions = {}): Adapter<net.Socket> {
  const dns = { maxAge: 60_000, lookup: bothFamilies }
  return tcp({ host: 'dual.test', port: server.port }, { dns, ...options })
}

async function open(adapter: Adapter<net.Socket>): Promise<net.Socket> {
  const socket = await adapter.open(openContext())
  sockets.push(socket)
  return socket
}

/** Listens at ::1 and the server's port, and answers nobody: its process is stopped and its queue full. */
async function beSilent(): Promise<void> {
  const program = `require('net').createServer().listen({ host: '::1', port: ${server.port}, backlog: 1 }, () => console.log())`
  silent = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(silent.stdout as NonNullable<typeof silent.stdout>, 'data')
  silent.kill('SIGSTOP')
  for (;;) {
    const filler = net.connect(server.port, '::1').on('error', () => {})
    sockets.push(filler)
    const timer = AbortSignal.timeout(200)
    const isAccepted = await once(filler, 'connect', { signal: timer }).then(
      () => true,
      () => false,
    )
    if (!isAccepted) return
  }
}

describe('a host whose IPv6 is dead and whose IPv4 is alive', () => {
  it('is reached by IPv4 when the other refuses', async () => {
    server = await LoopbackServer.plain()
    expect((await open(dual())).remoteAddress).toBe('127.0.0.1')
  })

  it('is reached by IPv4 when the other does not answer within the time for an attempt', async () => {
    server = await LoopbackServer.plain()
    await beSilent()
    const begun = performance.now()
    expect((await open(dual({ autoSelectFamilyAttemptTimeout: 50 }))).remoteAddress).toBe('127.0.0.1')
    expect(performance.now() - begun).toBeGreaterThan(45)
    expect(performance.now() - begun).toBeLessThan(1_000)
  })

  it('is tried by IPv4 first from then on', async () => {
    server = await LoopbackServer.plain()
    await beSilent()
    const adapter = dual({ autoSelectFamilyAttemptTimeout: 700 })
    await open(adapter)
    const begun = performance.now()
    for (let n = 0; n < 5; n++) await open(adapter)
    expect(performance.now() - begun).toBeLessThan(600)
  })

  it("is reached whatever the process's default is", async () => {
    server = await LoopbackServer.plain()
    net.setDefaultAutoSelectFamily(false)
    expect((await open(dual())).remoteAddress).toBe('127.0.0.1')
  })

  it('is not reached without autoSelectFamily', async () => {
    server = await LoopbackServer.plain()
    await expect(open(dual({ autoSelectFamily: false }))).rejects.toMatchObject({
      code: 'ECONNREFUSED',
      message: expect.stringContaining('::1'),
    })
  })
})
