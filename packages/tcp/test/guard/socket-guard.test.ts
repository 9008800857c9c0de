import { once } from 'node:events'
import http from 'node:http'
import net from 'node:net'
import { guard } from '@millpond/tcp/server'
import { virtualClock } from '@millpond/testing'
import { afterEach, describe, expect, it } from 'vitest'
import { until } from '../until.js'
import { echo, ended, exchange, Guarded } from './guarded.js'

let guarded: Guarded

afterEach(async () => {
  await guarded.stop()
  expect([...guarded.guard.connections()]).toEqual([])
})

const states = () => [...guarded.guard.connections()].map(({ state }) => state)

describe('the limits at the door', () => {
  it('destroy the socket that is one too many, count it and say whose it was and why', async () => {
    guarded = await Guarded.start({ max: 2, evictIdle: false })
    await exchange(await guarded.connect(), 'one')
    await exchange(await guarded.connect(), 'two')
    const third = await guarded.connect()
    await ended(third)
    expect(guarded.guard.stats()).toMatchObject({ size: 2, rejected: 1, refused: { max: 1, client: 0, closing: 0 } })
    expect(await guarded.heard('refuse')).toMatchObject({ pool: 'guard', reason: 'max', client: '127.0.0.1' })
    expect(guarded.accepted).toHaveLength(2)
  })

  it('let the next one in as soon as one has left', async () => {
    guarded = await Guarded.start({ max: 1, evictIdle: false })
    const first = await guarded.connect()
    await exchange(first, 'one')
    first.destroy()
    await guarded.heard('disconnect')
    expect(await exchange(await guarded.connect(), 'two')).toBe('two')
  })

  it('hold for each client by itself', async () => {
    let client = 0
    guarded = await Guarded.start({ perClient: { max: 1, key: () => `client ${client}` } })
    await exchange(await guarded.connect(), 'first')
    await ended(await guarded.connect())
    client = 1
    await exchange(await guarded.connect(), 'second')
    expect(guarded.guard.stats()).toMatchObject({ size: 2, clients: 2, refused: { max: 0, client: 1 } })
    expect(await guarded.heard('refuse')).toMatchObject({ reason: 'client', client: 'client 0' })
    expect([...guarded.guard.connections()].map((connection) => connection.client)).toEqual(['client 0', 'client 1'])
  })

  it('take the address for the client when its key function throws, and tell of it', async () => {
    const troubles: unknown[] = []
    guarded = await Guarded.start({
      perClient: {
        max: 1,
        key: () => {
          throw new Error('no such tenant')
        },
      },
    })
    guarded.guard.on('error', ({ error, source }) => troubles.push([source, String(error)]))
    await exchange(await guarded.connect(), 'hello')
    expect([...guarded.guard.connections()]).toMatchObject([{ client: '127.0.0.1' }])
    expect(troubles).toEqual([['key', 'Error: no such tenant']])
  })

  it('make room by the connection that has been idle for longest', async () => {
    const clock = virtualClock()
    guarded = await Guarded.start({ max: 2, clock })
    const [first, second] = [await guarded.connect(), await guarded.connect()]
    for (const client of [first, second]) await exchange(client, 'hello')
    await clock.advance(2_000)
    expect(states()).toEqual(['idle.ready', 'idle.ready'])
    const third = await guarded.connect()
    await ended(first)
    expect(await exchange(third, 'hello')).toBe('hello')
    expect(await guarded.heard('disconnect')).toMatchObject({ reason: 'surplus' })
    expect(second.destroyed).toBe(false)
    expect(guarded.guard.stats()).toMatchObject({ size: 2, rejected: 0 })
  })

  it('refuse rather than drive out a newcomer whose first bytes may be on their way', async () => {
    const clock = virtualClock()
    guarded = await Guarded.start({ max: 1, clock })
    const first = await guarded.connect()
    await guarded.heard('connect')
    await ended(await guarded.connect())
    expect(await exchange(first, 'hello')).toBe('hello')
  })
})

describe('silence', () => {
  it('that lasts from the accept on ends a connection by header.timeout', async () => {
    const clock = virtualClock()
    guarded = await Guarded.start({ clock, header: { timeout: 3_000 } })
    const client = await guarded.connect()
    await guarded.heard('connect')
    await clock.advance(2_999)
    expect(states()).toEqual(['idle.ready'])
    await clock.advance(1)
    expect(await guarded.heard('disconnect')).toMatchObject({ reason: 'timeout', detail: 'header', age: 3_000 })
    await ended(client)
    expect(guarded.guard.stats()).toMatchObject({ timedOut: 1, closed: { timeout: 1 } })
  })

  it('of idle.timeout ends a connection, counted from the last byte in either direction', async () => {
    const clock = virtualClock()
    guarded = await Guarded.start({ clock, idle: { timeout: 5_000 } })
    const client = await guarded.connect()
    await exchange(client, 'hello')
    await clock.advance(4_000)
    await exchange(client, 'still here')
    await clock.advance(4_999)
    expect(states()).toEqual(['idle.ready'])
    await clock.advance(1)
    await ended(client)
    expect(await guarded.heard('disconnect')).toMatchObject({ reason: 'idle', age: 9_000 })
  })

  it('of a server that has not answered yet ends a connection no sooner than idle.timeout', async () => {
    const clock = virtualClock()
    guarded = await Guarded.start({ clock, idle: { timeout: 60_000 } }, { onSocket: (socket) => socket.resume() })
    const client = await guarded.connect()
    client.write('a question')
    await until(() => states()[0] === 'connected.leased')
    await clock.advance(59_000)
    expect(states()).toEqual(['connected.leased'])
    await clock.advance(2_000)
    await ended(client)
    expect(await guarded.heard('disconnect')).toMatchObject({ reason: 'idle' })
  })

  it('of a second makes a connection idle, and the next byte connects it again', async () => {
    const clock = virtualClock()
    guarded = await Guarded.start({ clock })
    const client = await guarded.connect()
    await exchange(client, 'hello')
    expect(states()).toEqual(['connected.leased'])
    await clock.advance(1_000)
    expect(states()).toEqual(['idle.ready'])
    await exchange(client, 'hello')
    expect(states()).toEqual(['connected.leased'])
  })
})

describe('announced requests', () => {
  const announcing = (socket: net.Socket) => {
    socket.on('data', (chunk) => {
      const done = guarded.guard.request(socket)
      socket.write(chunk, () => done())
    })
  }

  it('are what a connection is connected for, and are counted as uses', async () => {
    guarded = await Guarded.start({}, { onSocket: announcing })
    const client = await guarded.connect()
    for (const word of ['one', 'two']) await exchange(client, word)
    await until(() => states()[0] === 'idle.ready')
    expect([...guarded.guard.connections()]).toMatchObject([{ uses: 2, leases: 0 }])
    expect(guarded.guard.stats()).toMatchObject({ acquired: 2, leases: 0, idle: 1 })
  })

  it('end a connection with the last that lifetime.maxUses allows, once it is answered', async () => {
    guarded = await Guarded.start({ lifetime: { maxUses: 2 } }, { onSocket: announcing })
    const client = await guarded.connect()
    expect(await exchange(client, 'one')).toBe('one')
    expect(await exchange(client, 'two')).toBe('two')
    await ended(client)
    expect(await guarded.heard('disconnect')).toMatchObject({ reason: 'uses', uses: 2 })
  })

  it('are waited for by a drain, however long nothing is sent', async () => {
    const clock = virtualClock()
    let finish = () => {}
    guarded = await Guarded.start(
      { clock },
      {
        onSocket: (socket) =>
          socket.once('data', () => {
            const done = guarded.guard.request(socket)
            finish = () => socket.write('answer', () => done())
          }),
      },
    )
    const client = await guarded.connect()
    client.write('question')
    await until(() => guarded.guard.stats().leases === 1)
    const closing = guarded.guard.close()
    await clock.advance(20_000)
    expect(states()).toEqual(['connected.leaving'])
    const [answer] = await Promise.all([once(client, 'data'), finish()])
    expect(String(answer[0])).toBe('answer')
    await ended(client)
    await closing
  })

  it('that never come while bytes trickle in are cut off by header.timeout', async () => {
    const clock = virtualClock()
    guarded = await Guarded.start({ clock, header: { timeout: 2_000 } }, { onSocket: (s) => lineServer(s) })
    const client = await guarded.connect()
    await exchange(client, 'a line\n')
    for (let i = 0; i < 3; i++) {
      client.write('x')
      await until(() => guarded.accepted[0]?.bytesRead === 8 + i)
      await clock.advance(600)
    }
    expect(states()).toEqual(['idle.ready'])
    await clock.advance(200)
    expect(await guarded.heard('disconnect')).toMatchObject({ reason: 'timeout', detail: 'header' })
    await ended(client)
  })

  function lineServer(socket: net.Socket): void {
    let text = ''
    socket.on('data', (chunk) => {
      text += String(chunk)
      if (!text.endsWith('\n')) return
      const done = guarded.guard.request(socket)
      socket.write(text, () => done())
      text = ''
    })
  }

  it('on a socket that the guard does not know, or that has ended, do nothing', async () => {
    guarded = await Guarded.start()
    const client = await guarded.connect()
    guarded.guard.request(client)()
    await exchange(client, 'hello')
    client.destroy()
    await guarded.heard('disconnect')
    const done = guarded.guard.request(guarded.accepted[0] as net.Socket)
    done()
    done()
    expect(guarded.guard.stats()).toMatchObject({ leases: 0, acquired: 0 })
  })
})

describe('age', () => {
  it('ends a connection at lifetime.maxAge less its share of the jitter', async () => {
    const clock = virtualClock()
    guarded = await Guarded.start({ clock, random: () => 0.5, lifetime: { maxAge: 10_000, jitter: 0.2 } })
    const client = await guarded.connect()
    await exchange(client, 'hello')
    await clock.advance(8_999)
    expect(states()).toEqual(['idle.ready'])
    await clock.advance(1)
    await ended(client)
    expect(await guarded.heard('disconnect')).toMatchObject({ reason: 'age', age: 9_000 })
  })
})

describe('flush', () => {
  it('ends what is connected and lets new ones in, of a new generation', async () => {
    guarded = await Guarded.start()
    const client = await guarded.connect()
    await guarded.heard('connect')
    guarded.guard.flush()
    await ended(client)
    expect(await guarded.heard('disconnect')).toMatchObject({ reason: 'stale' })
    await exchange(await guarded.connect(), 'hello')
    expect([...guarded.guard.connections()]).toMatchObject([{ generation: 1 }])
  })

  it('of one client leaves the others alone', async () => {
    let client = 'a'
    guarded = await Guarded.start({ perClient: { key: () => client } })
    const first = await guarded.connect()
    await guarded.heard('connect')
    client = 'b'
    const second = await guarded.connect()
    await guarded.heard('connect', 1)
    guarded.guard.flush('a')
    await ended(first)
    expect(await exchange(second, 'hello')).toBe('hello')
    expect(guarded.guard.stats()).toMatchObject({ size: 1, generation: 0, closed: { stale: 1 } })
  })
})

describe('close', () => {
  it('is not ready from the first moment on, and goes on accepting for the delay', async () => {
    const clock = virtualClock()
    guarded = await Guarded.start({ clock })
    const closing = guarded.guard.close({ delay: 5_000 })
    expect(guarded.guard.isReady).toBe(false)
    expect(await exchange(await guarded.connect(), 'hello')).toBe('hello')
    await clock.advance(5_000)
    expect(guarded.server.listening).toBe(false)
    await clock.advance(1_000)
    for (const client of guarded.clients) client.end()
    await closing
    expect(guarded.guard.stats()).toMatchObject({ state: 'closed', size: 0 })
  })

  it('waits for what is being answered, and destroys it at the deadline', async () => {
    const clock = virtualClock()
    guarded = await Guarded.start({ clock }, { onSocket: (socket) => socket.resume() })
    const client = await guarded.connect()
    client.write('a question')
    await until(() => states()[0] === 'connected.leased')
    const closing = guarded.guard.close({ timeout: 2_000 })
    await clock.advance(1_999)
    expect(states()).toEqual(['connected.leaving'])
    await clock.advance(1)
    await closing
    await ended(client)
    expect(await guarded.heard('disconnect')).toMatchObject({ reason: 'pool-closed' })
  })

  it('leaves the server as it was, no timer and no listener', async () => {
    const clock = virtualClock()
    const server = net.createServer(echo)
    const { emit } = server
    const before = server.eventNames().map((name) => [name, server.listenerCount(name)])
    const other = guard(server, { clock, idle: { timeout: 5_000 } })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const client = net.connect((server.address() as net.AddressInfo).port, '127.0.0.1')
    await exchange(client, 'hello')
    client.end()
    await other.close()
    expect(clock.pending).toBe(0)
    expect(server.emit).toBe(emit)
    expect(server.eventNames().map((name) => [name, server.listenerCount(name)])).toEqual(before)
    guarded = await Guarded.start()
  })

  it('of a server that never listened resolves', async () => {
    await guard(net.createServer()).close()
    guarded = await Guarded.start()
  })

  it('called again returns the same promise', async () => {
    guarded = await Guarded.start()
    const closing = guarded.guard.close()
    expect(guarded.guard.close()).toBe(closing)
    await closing
    expect(guarded.events.filter(({ name }) => name === 'close')).toHaveLength(1)
  })

  it('rejects options that are none', async () => {
    guarded = await Guarded.start()
    await expect(guarded.guard.close({ timeout: -1 })).rejects.toMatchObject({ option: 'close.timeout' })
    expect(guarded.guard.isReady).toBe(true)
  })
})

describe('a TLS server under guard', () => {
  it('has connections that connect once their handshake is done', async () => {
    guarded = await Guarded.start({}, { secure: true })
    expect(await exchange(await guarded.connectSecurely(), 'hello')).toBe('hello')
    const steps = guarded.events.filter(({ name }) => name === 'transition').map(({ event }) => event.to)
    expect(steps.slice(0, 3)).toEqual(['connected.leased', 'idle.ready', 'connected.leased'])
    expect(await guarded.heard('connect')).toMatchObject({ took: expect.any(Number) })
  })

  it('gives up a handshake that takes too long', async () => {
    const clock = virtualClock()
    guarded = await Guarded.start({ clock, handshake: { timeout: 1_500 } }, { secure: true })
    const client = await guarded.connect()
    client.write(Buffer.from([0x16, 0x03, 0x01]))
    await until(() => states()[0] === 'connecting')
    await clock.advance(1_499)
    expect(states()).toEqual(['connecting'])
    await clock.advance(1)
    await ended(client)
    expect(await guarded.heard('disconnect')).toMatchObject({ reason: 'connect-failed', age: 1_500 })
    expect(guarded.guard.stats()).toMatchObject({ abandoned: 1, opened: 0 })
  })

  it('tells of a handshake that fails', async () => {
    guarded = await Guarded.start({}, { secure: true })
    const client = await guarded.connect()
    client.write('this is no ClientHello')
    await ended(client)
    expect(await guarded.heard('connectError')).toMatchObject({ error: expect.any(Error) })
    expect(await guarded.heard('disconnect')).toMatchObject({ reason: 'connect-failed' })
  })

  it('counts connections in their handshake among the maximum', async () => {
    guarded = await Guarded.start({ max: 1 }, { secure: true })
    await guarded.connect()
    await until(() => states()[0] === 'connecting')
    await ended(await guarded.connect())
    expect(guarded.guard.stats()).toMatchObject({ size: 1, connecting: 1, rejected: 1 })
  })

  it('drains', async () => {
    guarded = await Guarded.start({}, { secure: true })
    const client = await guarded.connectSecurely()
    const handshaking = await guarded.connect()
    await until(() => guarded.guard.stats().size === 2)
    const gone = Promise.all([ended(client), ended(handshaking)])
    await guarded.guard.close()
    await gone
  })
})

it('refuses a server of HTTP and says where the guard for it is', async () => {
  expect(() => guard(http.createServer())).toThrow(/@millpond\/http\/server/)
  guarded = await Guarded.start()
})

it('what a listener throws reaches the error event and not the server', async () => {
  guarded = await Guarded.start()
  const troubles: unknown[] = []
  guarded.guard.on('error', ({ source }) => troubles.push(source))
  guarded.guard.on('connect', () => {
    throw new Error('of the listener')
  })
  expect(await exchange(await guarded.connect(), 'hello')).toBe('hello')
  expect(troubles).toEqual(['listener'])
})
