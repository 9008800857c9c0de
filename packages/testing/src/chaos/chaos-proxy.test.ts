import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Peer, Rig, settled, until } from '../../test/chaos/peers.js'
import { chaosProxy } from './chaos-proxy.js'

let rig: Rig
let client: Peer
let server: Peer

beforeEach(async () => {
  rig = await Rig.up({ seed: 1 })
})

afterEach(() => rig.down())

async function connect(): Promise<void> {
  const ends = await rig.connect()
  client = ends.client
  server = ends.server
}

describe('a proxy without toxics', () => {
  it('passes data on in both directions, every byte in its place', async () => {
    await connect()
    const sent = Buffer.alloc(3_000_000, 'the quick brown fox jumps over the lazy dog, ')
    client.socket.write(sent)
    server.socket.write('hello')
    await client.receives(5)
    expect(client.text).toBe('hello')
    await server.receives(sent.length)
    expect(Buffer.concat(server.chunks).equals(sent)).toBe(true)
  })

  it('passes what the client sends before the server is reached', async () => {
    client = rig.dial()
    client.socket.write('early')
    server = await rig.accepted()
    await server.receives(5)
    expect(server.text).toBe('early')
  })

  it("passes FIN on as FIN and keeps the other direction open: the server's answer still arrives", async () => {
    await connect()
    client.socket.end('request')
    await server.hears('end')
    expect(server.text).toBe('request')
    server.socket.write('answer')
    await client.receives(6)
    expect(client.events).toEqual([])
    server.socket.end()
    await Promise.all([client.hears('close'), server.hears('close')])
    expect(client.events).toEqual(['end', 'close'])
    expect(client.text).toBe('answer')
  })

  it('passes FIN on from the server as well, and the client may go on sending', async () => {
    await connect()
    server.socket.end()
    await client.hears('end')
    client.socket.write('still here')
    await server.receives(10)
    expect(server.events).toEqual([])
    client.socket.end()
    await server.hears('close')
  })

  it.each(['client', 'server'] as const)('passes a reset by the %s on as a reset', async (end) => {
    await connect()
    const [one, other] = end === 'client' ? [client, server] : [server, client]
    one.socket.resetAndDestroy()
    await other.hears('close')
    expect(other.events).toEqual(['ECONNRESET', 'close'])
  })

  it.each(['client', 'server'] as const)(
    'passes a reset by the %s on as a reset also right behind data, where libuv may tell it as an end',
    async (end) => {
      for (let n = 0; n < 20; n++) {
        await connect()
        const [one, other] = end === 'client' ? [client, server] : [server, client]
        one.socket.write('last words')
        one.socket.resetAndDestroy()
        await until(() => other.events.length > 0)
        // A half-closed connection still has a peer.
        expect(other.events[0] === 'ECONNRESET' || other.socket.remoteFamily === undefined).toBe(true)
        await until(() => rig.proxy.connections().open === 0)
      }
    },
  )

  it('passes a reset on from a side that has ended its own direction before', async () => {
    await connect()
    client.socket.end()
    await server.hears('end')
    server.socket.resetAndDestroy()
    await client.hears('close')
    expect(client.events).toEqual(['ECONNRESET', 'close'])
  })

  it('resets the client when the server cannot be reached', async () => {
    await new Promise((resolve) => rig.server.close(resolve))
    client = rig.dial()
    await client.hears('close')
    expect(client.events).toEqual(['ECONNRESET', 'close'])
    await until(() => rig.proxy.connections().open === 0)
  })

  it('holds up a sender whose receiver does not read, and loses nothing when it reads again', async () => {
    await connect()
    server.socket.pause()
    const total = 64 * 1024 * 1024
    const chunk = Buffer.alloc(1024 * 1024, 'x')
    for (let sent = 0; sent < total; sent += chunk.length) client.socket.write(chunk)
    let taken = -1
    for (let still = 0; still < 20; still++) {
      const before = taken
      await settled()
      taken = total - client.socket.writableLength
      if (taken !== before) still = 0
    }
    expect(taken).toBeLessThan(total / 2)
    server.socket.resume()
    await server.receives(total)
    expect(server.bytes).toBe(total)
  })

  it('reaches a server on a Unix socket, and passes its end on', async () => {
    await rig.down()
    const folder = await mkdtemp(join(tmpdir(), 'millpond-'))
    rig = await Rig.up({ target: { path: join(folder, 'chaos.sock') } })
    await connect()
    client.socket.write('ping')
    await server.receives(4)
    client.socket.resetAndDestroy()
    await server.hears('end')
    expect(server.text).toBe('ping')
    await rm(folder, { recursive: true })
  })

  it('listens on IPv6 when asked to', async () => {
    await rig.down()
    rig = await Rig.up({ host: '::1' })
    await connect()
    client.socket.write('ping')
    await server.receives(4)
    expect(rig.proxy.host).toBe('::1')
  })

  it('counts the connections that are open and all there were', async () => {
    expect(rig.proxy.connections()).toEqual({ open: 0, total: 0 })
    await connect()
    await rig.connect()
    expect(rig.proxy.connections()).toEqual({ open: 2, total: 2 })
    client.socket.end()
    await server.hears('end')
    expect(rig.proxy.connections().open).toBe(2)
    server.socket.end()
    await until(() => rig.proxy.connections().open === 1)
    expect(rig.proxy.connections()).toEqual({ open: 1, total: 2 })
  })

  it('resets every connection when told to, and takes new ones', async () => {
    await connect()
    const second = await rig.connect()
    rig.proxy.killAll()
    for (const peer of [client, server, second.client, second.server]) {
      await peer.hears('close')
      expect(peer.events).toEqual(['ECONNRESET', 'close'])
    }
    await connect()
    client.socket.write('again')
    await server.receives(5)
  })
})

describe('the toxics of a proxy', () => {
  it('are listed complete with their defaults and go by their names', async () => {
    const { proxy } = rig
    const slow = proxy.add({ type: 'latency', latency: 10 })
    proxy.add({ type: 'slicer', stream: 'upstream', toxicity: 0.5, averageSize: 8, name: 'mince' })
    const latency = {
      type: 'latency',
      name: 'latency_downstream',
      stream: 'downstream',
      toxicity: 1,
      latency: 10,
      jitter: 0,
    }
    const slicer = {
      type: 'slicer',
      name: 'mince',
      stream: 'upstream',
      toxicity: 0.5,
      averageSize: 8,
      sizeVariation: 0,
      delay: 0,
    }
    expect(proxy.toxics()).toEqual([latency, slicer])
    expect(slow.name).toBe('latency_downstream')
    await slow.remove()
    expect(proxy.toxics()).toEqual([slicer])
    await proxy.reset()
    expect(proxy.toxics()).toEqual([])
  })

  it('have names of their own: one in use is refused, one that was removed may be used again', async () => {
    const { proxy } = rig
    const first = proxy.add({ type: 'timeout', timeout: 0 })
    expect(() => proxy.add({ type: 'timeout', timeout: 5 })).toThrow(/name: 'timeout_downstream'.*no other toxic/)
    await first.remove()
    proxy.add({ type: 'timeout', timeout: 5 })
    await first.remove()
    expect(proxy.toxics()).toMatchObject([{ timeout: 5 }])
  })

  it('are removed at the end of their scope', async () => {
    {
      await using down = rig.proxy.add({ type: 'down' })
      expect(rig.proxy.toxics()).toMatchObject([{ name: down.name }])
    }
    await connect()
    expect(rig.proxy.toxics()).toEqual([])
  })

  it('are all removed by a reset, which leaves the connections open and lets what was held back go', async () => {
    await connect()
    rig.proxy.add({ type: 'timeout', stream: 'upstream', timeout: 0 })
    rig.proxy.add({ type: 'latency', stream: 'upstream', latency: 60_000 })
    client.socket.write('held back')
    await settled()
    expect(server.bytes).toBe(0)
    await rig.proxy.reset()
    await server.receives(9)
    expect(server.text).toBe('held back')
  })

  it('work on their stream and leave the other alone', async () => {
    rig.proxy.add({ type: 'timeout', stream: 'upstream', timeout: 0 })
    await connect()
    client.socket.write('lost')
    server.socket.write('found')
    await client.receives(5)
    await settled()
    expect(server.bytes).toBe(0)
  })
})

/** Sockets and servers of this process, once what is closing has had the time to go. */
async function sockets(): Promise<string[]> {
  await settled()
  return process.getActiveResourcesInfo().filter((each) => each.startsWith('TCP'))
}

describe('closing a proxy', () => {
  it('ends all connections, gives the port away and leaves no socket and no server', async () => {
    await rig.down()
    const before = await sockets()
    rig = await Rig.up()
    for (const stream of ['upstream', 'downstream'] as const) {
      rig.proxy.add({ type: 'latency', stream, latency: 60_000 })
      rig.proxy.add({ type: 'bandwidth', stream, rate: 0.001 })
      rig.proxy.add({ type: 'slicer', stream, averageSize: 1, delay: 60_000 })
      rig.proxy.add({ type: 'slow_close', stream, delay: 60_000 })
      rig.proxy.add({ type: 'reset_peer', stream, timeout: 60_000 })
      rig.proxy.add({ type: 'limit_data', stream, bytes: 1_000 })
      rig.proxy.add({ type: 'timeout', stream, timeout: 60_000 })
    }
    for (let n = 0; n < 5; n++) {
      await connect()
      client.socket.write('some words')
      server.socket.end('more')
    }
    await settled()
    const { port } = rig.proxy
    await rig.proxy.close()
    await client.hears('end')
    await rig.down()
    expect(await sockets()).toEqual(before)
    const next = net.createServer().listen(port, '127.0.0.1')
    await once(next, 'listening')
    await new Promise((resolve) => next.close(resolve))
  })

  it('is for good: a toxic that ends afterwards does not open it again', async () => {
    const down = rig.proxy.add({ type: 'down' })
    await rig.proxy.close()
    await down.remove()
    await rig.proxy.reset()
    await settled()
    const refused = rig.dial()
    await refused.hears('ECONNREFUSED')
  })

  it('may be asked twice, at the end of a scope, and before it has come back from being down', async () => {
    expect(rig.proxy.close()).toBe(rig.proxy.close())
    await rig.proxy.close()
    {
      await using scoped = await chaosProxy({ target: 1 })
      void scoped.add({ type: 'down' }).remove()
    }
    expect(() => rig.proxy.add({ type: 'down' })).toThrow('closed')
    expect(rig.proxy.connections().open).toBe(0)
  })

  it('leaves no listener of its own on the process and forgets connections as they end', async () => {
    for (let n = 0; n < 30; n++) {
      await connect()
      if (n % 2) client.socket.resetAndDestroy()
      else client.socket.end()
      server.socket.end()
      await server.hears('close')
    }
    await until(() => rig.proxy.connections().open === 0)
    expect(rig.proxy.connections()).toEqual({ open: 0, total: 30 })
  })
})
