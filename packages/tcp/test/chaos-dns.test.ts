import type net from 'node:net'
import { createPool, type Pool } from '@millpond/core'
import { type ChaosProxy, chaosProxy, type VirtualClock, virtualClock } from '@millpond/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { lines, tcp } from '../src/index.js'
import { answerTo, LineServer } from './line-protocol.js'
import { settled, until } from './until.js'

// A primary and a standby at one port of two addresses, and a name that leads to one of them. The sockets are real, time
// is virtual.
let server: LineServer
let primary: ChaosProxy
let standby: ChaosProxy
let clock: VirtualClock
let addresses: string[]
let pool: Pool<net.Socket>

beforeEach(async () => {
  server = await LineServer.start()
  clock = virtualClock()
  primary = await chaosProxy({ target: server.port, clock })
  standby = await chaosProxy({ target: server.port, clock, host: '127.0.0.2', port: primary.port })
  addresses = [primary.host]
  const lookup: net.LookupFunction = (_host, _options, done) =>
    setImmediate(() =>
      done(
        null,
        addresses.map((address) => ({ address, family: 4 })),
      ),
    )
  const adapter = tcp({ host: 'db.test', port: primary.port }, { dns: { maxAge: 5_000, lookup }, clock })
  pool = createPool(adapter, { clock, size: { max: 4 }, connect: { growth: 'eager', retry: true } })
})

afterEach(async () => {
  await pool.destroy()
  await Promise.all([primary.close(), standby.close()])
  expect(clock.pending).toBe(0)
  await until(() => server.openCount === 0)
  await server.close()
})

const exchange = (line: string) => pool.use((socket) => lines(socket).request(line))

describe('a failover by DNS', () => {
  it('moves a pool to the standby within maxAge, while the primary works on, and fails no request', async () => {
    const ask = async () => {
      const questions = Array.from({ length: 20 }, (_, n) => `question ${n}`)
      expect(await Promise.all(questions.map(exchange))).toEqual(questions.map(answerTo))
    }
    await ask()
    expect(primary.connections().open).toBe(4)
    addresses = [standby.host]
    const lease = await pool.acquire()
    await clock.advance(5_000)
    await until(() => primary.connections().open === 1)
    await ask()
    expect(standby.connections().open).toBe(3)
    expect(await lines(lease.resource).request('still there')).toBe(answerTo('still there'))
    lease.release()
    await until(() => primary.connections().open === 0)
    await ask()
    expect(standby.connections().open).toBeLessThanOrEqual(4)
  })

  it('is followed when the primary dies first: those who wait are served by the standby', async () => {
    await exchange('hello')
    primary.add({ type: 'down' })
    await until(() => pool.stats().size === 0)
    const waiting = exchange('anybody')
    await settled()
    addresses = [standby.host]
    for (let n = 0; n < 10; n++) {
      await clock.advance(200)
      await settled()
    }
    expect(await waiting).toBe(answerTo('anybody'))
    expect(standby.connections().open).toBe(1)
  })

  it('finds both while the name leads to both, one of which is down', async () => {
    addresses = [primary.host, standby.host]
    primary.add({ type: 'down' })
    const questions = Array.from({ length: 40 }, (_, n) => `question ${n}`)
    expect(await Promise.all(questions.map(exchange))).toEqual(questions.map(answerTo))
    expect(pool.stats().closed['connect-failed']).toBe(0)
  })
})
