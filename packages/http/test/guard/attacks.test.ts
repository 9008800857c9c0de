import http from 'node:http'
import net from 'node:net'
import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { type ChaosProxy, chaosProxy } from '@millpond/testing'
import { afterEach, describe, expect, it } from 'vitest'
import { until } from '../../../tcp/test/until.js'
import { GuardedHttp, RawClient } from './guarded-http.js'

let guarded: GuardedHttp
let proxy: ChaosProxy | undefined
let agent: http.Agent

afterEach(async () => {
  agent?.destroy()
  await proxy?.close()
  proxy = undefined
  await guarded.stop()
  expect(guarded.states).toEqual([])
})

const reading: http.RequestListener = (request, response) => {
  request.on('error', () => {})
  request.resume().on('end', () => response.end('hello'))
}

async function start(options: Parameters<typeof GuardedHttp.start>[0]): Promise<void> {
  guarded = await GuardedHttp.start(options, reading)
  proxy = await chaosProxy({ target: { port: guarded.port } })
  agent = new http.Agent({ keepAlive: true })
}

/** A client beside the proxy, whose network is sound. */
function get(): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = http.get({ port: guarded.port, host: '127.0.0.1', agent }, (response) => {
      response.resume().on('end', () => resolve(response.statusCode ?? 0))
    })
    request.on('error', reject)
  })
}

function throughProxy(): RawClient {
  const socket = net.connect((proxy as ChaosProxy).port, '127.0.0.1')
  socket.on('error', () => {})
  guarded.sockets.push(socket)
  return new RawClient(socket)
}

/** ms until all of them have ended. */
async function goneAfter(clients: readonly RawClient[]): Promise<number> {
  const start = performance.now()
  await Promise.all(clients.map((client) => client.ended()))
  return performance.now() - start
}

describe('through a network that misbehaves', () => {
  it('headers that trickle in byte by byte are cut off in time, and change nothing for others', async () => {
    await start({ header: { timeout: 400 } })
    proxy?.add({ type: 'slicer', stream: 'upstream', averageSize: 1, delay: 30 })
    const slow = Array.from({ length: 20 }, () => throughProxy())
    for (const client of slow) client.get('/slow', `X-Long: ${'x'.repeat(200)}\r\n`)
    const gone = goneAfter(slow)
    while (guarded.guard.stats().timedOut < 20) expect(await get()).toBe(200)
    expect(await gone).toBeLessThan(1_400)
    expect(guarded.handled).not.toContain('/slow')
    expect(guarded.guard.stats().closed.timeout).toBe(20)
  })

  it('bodies that come too slowly are cut off, and those that are merely slow are not', async () => {
    await start({ request: { minRate: 2_000, grace: 300 } })
    const body = 'x'.repeat(3_000)
    const post = `POST /post HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${body.length}\r\n\r\n${body}`
    const toxic = proxy?.add({ type: 'bandwidth', stream: 'upstream', rate: 0.5 })
    const tooSlow = throughProxy()
    tooSlow.send(post)
    await tooSlow.ended()
    expect(await guarded.heard('disconnect')).toMatchObject({ reason: 'timeout', detail: 'rate' })
    await toxic?.remove()
    proxy?.add({ type: 'bandwidth', stream: 'upstream', rate: 6 })
    const slow = throughProxy()
    slow.send(post)
    expect(await slow.answers(1)).toHaveLength(1)
  })

  it('connections that are reset in the middle of a request leave nothing behind', async () => {
    await start({})
    const clients = Array.from({ length: 20 }, () => throughProxy())
    for (const client of clients) client.send('POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nabc')
    await until(() => guarded.guard.stats().leases === 20)
    await proxy?.killAll()
    await until(() => guarded.guard.stats().size === 0)
    expect(guarded.guard.stats()).toMatchObject({ leases: 0, closed: { lost: 20 } })
  })

  it('a peer that vanishes without a word is gone at idle.timeout', async () => {
    await start({ idle: { timeout: 300 } })
    const client = throughProxy()
    client.get()
    await client.answers(1)
    proxy?.add({ type: 'timeout', stream: 'upstream', timeout: 0 })
    proxy?.add({ type: 'timeout', stream: 'downstream', timeout: 0 })
    const from = performance.now()
    await guarded.heard('disconnect')
    // Its FIN is never answered: what is left is destroyed half a second later.
    expect(performance.now() - from).toBeLessThan(1_300)
    expect(guarded.guard.stats()).toMatchObject({ size: 0, closed: { idle: 1 } })
  })

  it('a drain ends at its deadline, whatever the network holds back', async () => {
    await start({})
    const client = throughProxy()
    client.send('POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nabc')
    await until(() => guarded.guard.stats().leases === 1)
    proxy?.add({ type: 'timeout', stream: 'upstream', timeout: 0 })
    const from = performance.now()
    await guarded.guard.close({ timeout: 300 })
    expect(performance.now() - from).toBeLessThan(600)
    expect(await guarded.heard('disconnect')).toMatchObject({ reason: 'revoked' })
  })
})

describe('an attacker', () => {
  it('with more connections than max gets no room that others use, nor memory that grows', async () => {
    await start({ max: 50, perClient: { max: 40, key: (socket) => String((socket.remotePort ?? 0) % 2) } })
    const flood = Array.from({ length: 400 }, () => throughProxy())
    await Promise.all(
      flood.map((client) => new Promise((resolve) => client.socket.on('connect', resolve).on('close', resolve))),
    )
    await until(() => guarded.guard.stats().rejected + guarded.guard.stats().size >= 300)
    const { size, clients } = guarded.guard.stats()
    expect(size).toBeLessThanOrEqual(50)
    expect(clients).toBeLessThanOrEqual(2)
  })

  it('that answers a request for its body with silence does not hold a handler for longer than request.progress', async () => {
    await start({ request: { progress: 300 } })
    const client = throughProxy()
    client.send('POST / HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n')
    const from = performance.now()
    expect(await client.ended()).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 408 /)
    expect(performance.now() - from).toBeLessThan(700)
  })

  it('that pipelines without reading is held up by the socket and not served without end', async () => {
    guarded = await GuardedHttp.start({}, (_, response) => void response.end('x'.repeat(50_000)))
    agent = new http.Agent()
    const client = await guarded.connect()
    client.socket.pause()
    client.send('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(5_000))
    await sleep(300)
    // What one read of the kernel brings, and not what the client would send.
    expect(guarded.handled.length).toBeLessThan(4_000)
    client.socket.destroy()
    await until(() => guarded.guard.stats().size === 0)
    expect(guarded.guard.stats().leases).toBe(0)
  })
})
