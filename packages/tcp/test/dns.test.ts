import type { LookupAddress } from 'node:dns'
import net from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import { createPool, type Pool, type PoolOptions } from '@millpond/core'
import { type VirtualClock, virtualClock } from '@millpond/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createTcpPool, type DnsOptions, tcp } from '../src/index.js'
import { LoopbackServer } from './loopback-server.js'
import { settled, until } from './until.js'

/** A resolver that answers as it is told to, and counts. */
class Names {
  addresses: string[]
  failure: Error | undefined
  isSilent = false
  asked = 0
  readonly #unanswered: (() => void)[] = []

  constructor(...addresses: string[]) {
    this.addresses = addresses
  }

  answerAll(): void {
    for (const answer of this.#unanswered.splice(0)) answer()
  }

  answerOne(): void {
    this.#unanswered.shift()?.()
  }

  readonly lookup: net.LookupFunction = (_host, _options, done) => {
    this.asked++
    const answer = () => {
      if (this.failure) done(this.failure, [])
      else
        done(
          null,
          this.addresses.map((address): LookupAddress => ({ address, family: net.isIP(address) })),
        )
    }
    if (this.isSilent) this.#unanswered.push(answer)
    else setImmediate(answer)
  }
}

const notFound = () => Object.assign(new Error('not found'), { code: 'ENOTFOUND' })

let server: LoopbackServer
let names: Names
let clock: VirtualClock
let pool: Pool<net.Socket>
let retired: { detail: string | undefined; at: number }[]
let ended: string[]

async function start(options: PoolOptions<net.Socket> = {}, dns: Partial<DnsOptions> = {}): Promise<void> {
  // All of 127.0.0.0/8 leads here.
  server = await LoopbackServer.plain({ host: '0.0.0.0' })
  const { lookup } = names
  const adapter = tcp({ host: 'pond.test', port: server.port }, { dns: { maxAge: 10_000, lookup, ...dns }, clock })
  pool = createPool(adapter, { clock, connect: { growth: 'eager' }, ...options })
  retired = []
  ended = []
  pool.on('retire', ({ detail }) => retired.push({ detail, at: clock.now() }))
  pool.on('disconnect', ({ reason }) => ended.push(reason))
}

/** Where so many leases at a time are connected to. */
async function addressesOf(count: number): Promise<(string | undefined)[]> {
  const leases = await Promise.all(Array.from({ length: count }, () => pool.acquire()))
  const addresses = leases.map(({ resource }) => resource.remoteAddress)
  for (const lease of leases) lease.release()
  return addresses
}

beforeEach(() => {
  clock = virtualClock()
  names = new Names('127.0.0.1')
})

afterEach(async () => {
  await pool.destroy()
  expect(clock.pending).toBe(0)
  await server.emptied()
  await server.close()
})

describe('the addresses of a name', () => {
  it('are asked for once for all opens within maxAge, and again after it', async () => {
    await start({ size: { max: 5 } })
    await addressesOf(5)
    expect(names.asked).toBe(1)
    pool.flush()
    await clock.advance(9_999)
    await addressesOf(5)
    expect(names.asked).toBe(1)
    pool.flush()
    await until(() => pool.stats().size === 0)
    await clock.advance(1)
    await addressesOf(1)
    expect(names.asked).toBe(2)
  })

  it('are each given as many of the new connections as the others', async () => {
    names = new Names('127.0.0.1', '127.0.0.2', '127.0.0.3')
    await start({ size: { max: 9 } })
    const addresses = await addressesOf(9)
    expect(addresses.sort()).toEqual(names.addresses.flatMap((address) => [address, address, address]))
  })

  it('are filled up where connections were lost', async () => {
    names = new Names('127.0.0.1', '127.0.0.2')
    await start({ size: { max: 4 } })
    const leases = await Promise.all([1, 2, 3, 4].map(() => pool.acquire()))
    const lost = leases.filter(({ resource }) => resource.remoteAddress === '127.0.0.2')
    expect(lost).toHaveLength(2)
    for (const lease of lost) lease.destroy()
    const again = await Promise.all([1, 2].map(() => pool.acquire()))
    expect(again.map(({ resource }) => resource.remoteAddress)).toEqual(['127.0.0.2', '127.0.0.2'])
    for (const lease of [...leases, ...again]) if (!lost.includes(lease)) lease.release()
  })

  it('are counted with the connections that are on their way to them', async () => {
    names = new Names('127.0.0.1', '127.0.0.2')
    await start({ size: { max: 4 } })
    const first = await pool.acquire()
    const others = await Promise.all([1, 2, 3].map(() => pool.acquire()))
    const addresses = [first, ...others].map(({ resource }) => resource.remoteAddress)
    expect(addresses.sort()).toEqual(['127.0.0.1', '127.0.0.1', '127.0.0.2', '127.0.0.2'])
    for (const lease of [first, ...others]) lease.release()
  })

  it('are tried in turn until one accepts', async () => {
    // The server listens at 127.0.0.1 only.
    names = new Names('127.0.0.9', '127.0.0.1')
    server = await LoopbackServer.plain()
    const adapter = tcp(
      { host: 'pond.test', port: server.port },
      { dns: { maxAge: 10_000, lookup: names.lookup }, clock, autoSelectFamilyAttemptTimeout: 1_000 },
    )
    pool = createPool(adapter, { clock, connect: { growth: 'eager' } })
    expect(await addressesOf(4)).toEqual(Array(4).fill('127.0.0.1'))
    expect(pool.stats().closed['connect-failed']).toBe(0)
  })

  it('may be written in other ways than the socket has them', async () => {
    names = new Names('::ffff:127.0.0.1')
    await start()
    const [address] = await addressesOf(1)
    expect(address).toContain('127.0.0.1')
    await clock.advance(30_000)
    expect(names.asked).toBeGreaterThan(2)
    expect(retired).toEqual([])
  })

  it('have nothing to do with a target that is an address', async () => {
    await start()
    await pool.destroy()
    pool = createPool(
      tcp({ host: '127.0.0.1', port: server.port }, { dns: { maxAge: 10_000, lookup: names.lookup }, clock }),
      { clock },
    )
    await addressesOf(1)
    expect(names.asked).toBe(0)
  })
})

describe('an address that has left', () => {
  it('takes its idle connections with it at the first look after maxAge, while nobody asks for one', async () => {
    names = new Names('127.0.0.1', '127.0.0.2')
    await start({ size: { max: 4 }, idle: { timeout: Number.POSITIVE_INFINITY } })
    await addressesOf(4)
    names.addresses = ['127.0.0.2', '127.0.0.3']
    await clock.advance(9_999)
    expect(names.asked).toBe(1)
    await clock.advance(1)
    await until(() => ended.length === 2)
    expect(ended).toEqual(['retired', 'retired'])
    const detail = '127.0.0.1 is no longer an address of pond.test'
    expect(retired).toEqual([
      { detail, at: 10_000 },
      { detail, at: 10_000 },
    ])
    expect((await addressesOf(4)).sort()).toEqual(['127.0.0.2', '127.0.0.2', '127.0.0.3', '127.0.0.3'])
  })

  it('takes a leased connection with it on release, not before', async () => {
    await start({ size: { max: 1 } })
    const lease = await pool.acquire()
    names.addresses = ['127.0.0.2']
    await clock.advance(10_000)
    await until(() => retired.length === 1)
    await clock.advance(5_000)
    expect(lease.signal.aborted).toBe(false)
    expect(lease.resource.destroyed).toBe(false)
    lease.release()
    await until(() => ended.length === 1)
    expect(ended).toEqual(['retired'])
    expect(await addressesOf(1)).toEqual(['127.0.0.2'])
  })

  it('is noticed by an open as well, for all connections to it', async () => {
    await start({ size: { max: 2 } }, { maxAge: 10_000 })
    await addressesOf(2)
    clock.stall(10_000)
    names.addresses = ['127.0.0.2']
    const lease = await pool.acquire({ fresh: true })
    expect(lease.resource.remoteAddress).toBe('127.0.0.2')
    await until(() => retired.length >= 1)
    lease.release()
    await clock.advance(0)
    await until(() => [...pool.connections()].length === 1)
  })

  it('is looked for no longer once nothing is open', async () => {
    await start()
    const lease = await pool.acquire()
    expect(clock.pending).toBeGreaterThan(0)
    lease.destroy()
    await until(() => pool.stats().size === 0)
    const { asked } = names
    await clock.advance(100_000)
    expect(names.asked).toBe(asked)
  })

  it('is not looked for where maxAge is Infinity', async () => {
    await start({ idle: { timeout: Number.POSITIVE_INFINITY } }, { maxAge: Number.POSITIVE_INFINITY })
    await addressesOf(1)
    await clock.advance(10_000_000)
    expect(names.asked).toBe(1)
  })
})

describe('lookups that fail', () => {
  it('leave the last known addresses in use, and no connection is retired', async () => {
    await start({ size: { max: 3 }, idle: { timeout: Number.POSITIVE_INFINITY } })
    await addressesOf(2)
    names.failure = notFound()
    await clock.advance(35_000)
    expect(names.asked).toBe(4)
    expect(await addressesOf(3)).toEqual(Array(3).fill('127.0.0.1'))
    expect(retired).toEqual([])
  })

  it('are made again until one succeeds, which is followed at once', async () => {
    await start({ idle: { timeout: Number.POSITIVE_INFINITY } })
    await addressesOf(1)
    names.failure = notFound()
    await clock.advance(25_000)
    names.failure = undefined
    names.addresses = ['127.0.0.2']
    await clock.advance(5_000)
    await until(() => ended.length === 1)
    expect(await addressesOf(1)).toEqual(['127.0.0.2'])
  })

  it('are made again after 30 s at the latest, however long addresses are kept', async () => {
    await start({ idle: { timeout: Number.POSITIVE_INFINITY } }, { maxAge: 3_600_000 })
    await addressesOf(1)
    names.failure = notFound()
    await clock.advance(3_600_000)
    const { asked } = names
    await clock.advance(30_000)
    expect(names.asked).toBe(asked + 1)
  })

  it('fail the open while no address is known, and are made again by the next', async () => {
    names.failure = notFound()
    await start({ connect: { backoff: { initialDelay: 10, jitter: 0 } } })
    const refused = { cause: { name: 'TcpConnectError', phase: 'lookup', code: 'ENOTFOUND' } }
    await expect(pool.acquire()).rejects.toMatchObject(refused)
    names.failure = undefined
    await clock.advance(1_000)
    expect(await addressesOf(1)).toEqual(['127.0.0.1'])
    expect(names.asked).toBe(2)
  })

  it('include answers without an address', async () => {
    names.addresses = []
    await start()
    await expect(pool.acquire()).rejects.toMatchObject({ cause: { phase: 'lookup', code: 'ENODATA' } })
  })

  it('include those that take longer than 1.8 s: then opens go to a known address', async () => {
    await start({ size: { max: 2 } })
    await addressesOf(1)
    pool.flush()
    await until(() => pool.stats().size === 0)
    names.isSilent = true
    await clock.advance(10_000)
    let address: string | undefined
    const opening = addressesOf(1).then(([first]) => {
      address = first
    })
    await clock.advance(1_799)
    expect(address).toBe(undefined)
    await clock.advance(1)
    await opening
    expect(address).toBe('127.0.0.1')
    // Nobody waits for the same silence again.
    expect(await addressesOf(2)).toEqual(['127.0.0.1', '127.0.0.1'])
    names.answerAll()
  })

  it('include those that never come back: they are made again, and what comes of them later is not heard', async () => {
    await start({ idle: { timeout: Number.POSITIVE_INFINITY } })
    await addressesOf(1)
    names.isSilent = true
    await clock.advance(10_000)
    expect(names.asked).toBe(2)
    await clock.advance(29_999)
    expect(names.asked).toBe(2)
    await clock.advance(1)
    expect(names.asked).toBe(3)
    names.addresses = ['127.0.0.2']
    names.answerOne()
    await settled()
    expect(retired).toEqual([])
    names.answerOne()
    await until(() => ended.length === 1)
    expect(retired).toMatchObject([{ at: 40_000 }])
  })

  it('leave no timer of an open that was given up while it waited for them', async () => {
    await start()
    await addressesOf(1)
    pool.flush()
    await until(() => pool.stats().size === 0)
    await clock.advance(10_000)
    names.isSilent = true
    const acquiring = pool.acquire()
    await until(() => names.asked === 2)
    expect(clock.pending).toBeGreaterThan(0)
    const refused = expect(acquiring).rejects.toMatchObject({ code: 'ERR_POOL_CLOSED' })
    await pool.destroy()
    await refused
    expect(clock.pending).toBe(0)
    names.answerAll()
  })

  it('are not waited for by an open that was given up', async () => {
    names.isSilent = true
    await start()
    const abort = new AbortController()
    const acquiring = pool.acquire({ signal: abort.signal })
    await until(() => names.asked === 1)
    abort.abort()
    await expect(acquiring).rejects.toMatchObject({ name: 'AbortError' })
    await pool.destroy()
    names.answerAll()
    await turn()
    expect(server.openCount).toBe(0)
  })
})

describe('addresses of which none accepts', () => {
  it('are asked for again by the next open, before maxAge', async () => {
    names = new Names('127.0.0.9')
    server = await LoopbackServer.plain()
    const adapter = tcp(
      { host: 'pond.test', port: server.port },
      { dns: { maxAge: 3_600_000, lookup: names.lookup }, clock },
    )
    pool = createPool(adapter, { clock })
    await expect(pool.acquire()).rejects.toMatchObject({ cause: { phase: 'connect', code: 'ECONNREFUSED' } })
    names.addresses = ['127.0.0.1']
    await clock.advance(1_000)
    expect(await addressesOf(1)).toEqual(['127.0.0.1'])
    expect(names.asked).toBe(2)
  })
})

describe('names in a pool by target', () => {
  it('are each followed, and only they', async () => {
    await start()
    await pool.destroy()
    const asked: string[] = []
    const lookup: net.LookupFunction = (host, _options, done) => {
      asked.push(host)
      done(null, [{ address: '127.0.0.1', family: 4 }])
    }
    const byTarget = createTcpPool({
      dns: { maxAge: 10_000, lookup },
      clock,
      idle: { timeout: Number.POSITIVE_INFINITY },
    })
    for (const host of ['a.test', 'b.test', 'a.test', '127.0.0.1']) {
      await byTarget.use({ host, port: server.port }, () => {})
    }
    expect(asked).toEqual(['a.test', 'b.test'])
    await clock.advance(10_000)
    expect(asked).toEqual(['a.test', 'b.test', 'a.test', 'b.test'])
    await byTarget.close()
    expect(clock.pending).toBe(0)
  })
})
