import { describe, expect, it } from 'vitest'
import { createPool } from '../../src/pool/create-pool.js'
import { TestResource, testAdapter } from '../test-adapter.js'
import { gatedOpens, record, slowOpens } from '../test-pool.js'
import { checkOutFailedReasons, closedReasons, translations } from './cmap-events.js'
import { cmapPool, readyPool } from './cmap-pool.js'

const refuse = () => Promise.reject(new Error('refused'))

describe('Connection pool options', () => {
  it('lets no more connections exist than maxPoolSize, in use and available together', async () => {
    const { pool, clock, checkOut } = readyPool({ maxPoolSize: 2 })
    const [first, , third] = [checkOut(), checkOut(), checkOut()]
    await clock.settle()
    expect(pool.stats()).toMatchObject({ size: 2, leases: 2, waiting: 1 })
    first.value.release()
    await clock.settle()
    expect(third.value.connection.id).toBe(1)
  })

  it('has no limit on connections with a maxPoolSize of 0', async () => {
    const { pool, clock, checkOut } = readyPool({ maxPoolSize: 0, maxConnecting: 1_000 })
    for (let i = 0; i < 300; i++) checkOut()
    await clock.settle()
    expect(pool.stats()).toMatchObject({ size: 300, leases: 300, waiting: 0 })
  })

  it('refuses a minPoolSize above maxPoolSize', () => {
    expect(() => cmapPool({ minPoolSize: 3, maxPoolSize: 2 })).toThrow(expect.objectContaining({ option: 'size.min' }))
    expect(() => cmapPool({ minPoolSize: 3, maxPoolSize: 0 })).not.toThrow()
  })

  it('closes a connection that has been available for longer than maxIdleTimeMS, as idle', async () => {
    const { pool, clock, checkedOut, told } = readyPool({ maxIdleTimeMS: 1_000 })
    const { value } = await checkedOut()
    await clock.advance(5_000)
    value.release()
    await clock.advance(900)
    expect(told('ConnectionClosed')).toEqual([])
    await clock.advance(200)
    expect(told('ConnectionClosed')).toEqual(['ConnectionClosed 1 idle'])
    expect(pool.stats().closed).toMatchObject({ idle: 1, surplus: 0 })
  })

  it('keeps available connections without limit with a maxIdleTimeMS of 0', async () => {
    const { pool, clock, checkedOut } = readyPool()
    ;(await checkedOut()).value.release()
    await clock.advance(10_000_000)
    expect(pool.stats()).toMatchObject({ idle: 1 })
  })

  it('establishes at most maxConnecting connections at once, 2 where nothing is said', async () => {
    for (const [maxConnecting, expected] of [
      [undefined, [0, 0, 100, 100, 200]],
      [1, [0, 100, 200, 300, 400]],
    ] as const) {
      const began: number[] = []
      const { pool, clock, checkOut } = readyPool({ maxConnecting }, (time) => slowOpens(time, 100))
      pool.on('connecting', () => began.push(clock.now()))
      for (let i = 0; i < 5; i++) checkOut()
      await clock.advance(1_000)
      expect(began).toEqual(expected)
    }
  })

  it('refuses a maxConnecting of 0', () => {
    expect(() => cmapPool({ maxConnecting: 0 })).toThrow(expect.objectContaining({ option: 'connect.concurrency' }))
  })

  it('lets a check out wait for waitQueueTimeoutMS at most, whether for a check-in or an establishment', async () => {
    const opens = gatedOpens()
    const { clock, checkOut } = readyPool({ maxPoolSize: 1, waitQueueTimeoutMS: 50 }, opens)
    const [establishing, queued] = [checkOut(), checkOut()]
    await clock.advance(49)
    expect([establishing.state, queued.state]).toEqual(['pending', 'pending'])
    await clock.advance(10)
    expect([establishing.error, queued.error]).toMatchObject([{ name: 'TimeoutError' }, { name: 'TimeoutError' }])
  })

  it('lets a check out wait without limit with a waitQueueTimeoutMS of 0', async () => {
    const { clock, checkOut, checkedOut } = readyPool({ maxPoolSize: 1 })
    await checkedOut()
    const waiting = checkOut()
    await clock.advance(10_000_000)
    expect(waiting.state).toBe('pending')
  })
})

describe('Connection', () => {
  it('is numbered 1, 2, 3 … within its pool in the order of creation, failed ones included', async () => {
    const { clock, ready, checkOut, clear, told } = readyPool(
      {},
      { open: async ({ connectionId }) => (connectionId === 1 ? refuse() : new TestResource(connectionId)) },
    )
    checkOut()
    await clock.advance(1_000)
    checkOut()
    await clock.settle()
    clear()
    ready()
    checkOut()
    await clock.settle()
    expect(told('ConnectionCreated')).toEqual(['ConnectionCreated 1', 'ConnectionCreated 2', 'ConnectionCreated 3'])
  })

  it('is never used after it was closed', async () => {
    const { pool, clock, checkedOut } = readyPool({ maxPoolSize: 1 })
    const { value: lease } = await checkedOut()
    lease.retire()
    await clock.settle()
    expect(() => lease.resource).toThrow(expect.objectContaining({ code: 'ERR_POOL_LEASE_RELEASED' }))
    expect((await pool.acquire()).connection.id).toBe(2)
  })

  it('belongs to one pool, and is shared with no other of the same endpoint', async () => {
    const adapter = testAdapter()
    const leases = await Promise.all([createPool(adapter).acquire(), createPool(adapter).acquire()])
    expect(leases.map(({ connection }) => connection.id)).toEqual([1, 1])
    expect(leases[0].resource).not.toBe(leases[1].resource)
  })

  it('has one borrower at a time', async () => {
    const { pool, clock, checkOut, checkedOut } = readyPool({ maxPoolSize: 1 })
    await checkedOut()
    const second = checkOut()
    await clock.advance(1_000)
    expect(second.state).toBe('pending')
    expect([...pool.connections()]).toMatchObject([{ leases: 1 }])
  })

  it('is not checked out before it is fully established', async () => {
    const opens = gatedOpens()
    const { clock, checkOut } = readyPool({}, opens)
    const waiting = checkOut()
    await clock.advance(1_000)
    expect(waiting.state).toBe('pending')
    const resource = opens.calls[0]?.succeed()
    await clock.settle()
    expect(waiting.value.resource).toBe(resource)
  })

  it('perishes when stale: its generation is not the pool’s', async () => {
    const { pool, ready, checkedOut, clear, told } = readyPool()
    ;(await checkedOut()).value.release()
    clear()
    ready()
    expect((await checkedOut()).value.connection).toMatchObject({ id: 2, generation: 1 })
    expect(pool.stats().generation).toBe(1)
    expect(told('ConnectionClosed')).toEqual(['ConnectionClosed 1 stale'])
  })

  it('perishes when idle: available for longer than maxIdleTimeMS', async () => {
    const { clock, checkedOut, told } = readyPool({ maxIdleTimeMS: 1_000 })
    ;(await checkedOut()).value.release()
    await clock.advance(1_100)
    expect((await checkedOut()).value.connection.id).toBe(2)
    expect(told('ConnectionClosed')).toEqual(['ConnectionClosed 1 idle'])
  })

  it('perishes when errored: the endpoint closed it, or its borrower met a fatal error', async () => {
    const { pool, adapter, checkedOut, told } = readyPool({}, { isFatal: () => true })
    ;(await checkedOut()).value.release()
    adapter.resources[0]?.lose()
    await expect(pool.use(() => refuse())).rejects.toThrow('refused')
    expect((await checkedOut()).value.connection.id).toBe(3)
    expect(told('ConnectionClosed')).toEqual(['ConnectionClosed 1 error', 'ConnectionClosed 2 error'])
  })
})

describe('Wait queue', () => {
  it('issues connections in the order in which check outs entered it', async () => {
    const { pool, clock } = readyPool({ maxPoolSize: 1 })
    const order: number[] = []
    for (const i of [1, 2, 3, 4]) void pool.use(() => order.push(i))
    await clock.settle()
    expect(order).toEqual([1, 2, 3, 4])
  })

  it('never puts a newer check out before an older one', async () => {
    const { pool, clock, checkOut, checkedOut } = readyPool({ maxPoolSize: 1 })
    const { value: lease } = await checkedOut()
    const older = checkOut()
    lease.release()
    expect(pool.tryAcquire()).toBeUndefined()
    const newer = checkOut()
    await clock.settle()
    expect([older.state, newer.state]).toEqual(['fulfilled', 'pending'])
  })

  it('is left at once by a check out whose timeout has passed', async () => {
    const { pool, clock, checkOut, checkedOut } = readyPool({ maxPoolSize: 1, waitQueueTimeoutMS: 50 })
    const { value: lease } = await checkedOut()
    const late = checkOut()
    await clock.advance(30)
    const inTime = checkOut()
    await clock.advance(30)
    expect(late.error).toMatchObject({ name: 'TimeoutError' })
    expect(pool.stats().waiting).toBe(1)
    lease.release()
    await clock.settle()
    expect(inTime.state).toBe('fulfilled')
  })
})

describe('Connection pool', () => {
  it('counts all, available and pending connections', async () => {
    const opens = gatedOpens()
    const { pool, clock, checkOut } = readyPool({ maxConnecting: 3 }, opens)
    const first = checkOut()
    checkOut()
    checkOut()
    opens.calls[0]?.succeed()
    opens.calls[1]?.succeed()
    await clock.settle()
    first.value.release()
    await clock.settle()
    expect(pool.stats()).toMatchObject({ size: 3, idle: 0, connected: 2, connecting: 1 })
    opens.calls[2]?.succeed()
    await clock.settle()
    expect(pool.stats()).toMatchObject({ size: 3, idle: 1, connected: 2, connecting: 0 })
  })

  it('may be called from within every one of its own events', async () => {
    const { pool, clock, checkedOut } = readyPool({ maxPoolSize: 1 })
    for (const name of ['acquiring', 'connecting', 'connect', 'acquire', 'release'] as const) {
      pool.once(name, () => void pool.use(() => {}))
    }
    ;(await checkedOut()).value.release()
    await clock.settle()
    expect(pool.stats()).toMatchObject({ size: 1, idle: 1, waiting: 0, acquired: 6 })
  })
})

describe('Creating a connection pool', () => {
  it('begins paused, with generation 0, and tells that the pool was created', async () => {
    const { pool, clock, events, checkOut } = cmapPool({ maxPoolSize: 5 })
    expect(pool.stats()).toMatchObject({ state: 'paused', generation: 0, size: 0 })
    expect(events).toEqual([{ type: 'ConnectionPoolCreated', address: 'test', options: { maxPoolSize: 5 } }])
    const refused = checkOut()
    await clock.settle()
    expect(refused.error).toMatchObject({ code: 'ERR_POOL_PAUSED' })
  })

  it('does not populate the pool before it is ready, also where minPoolSize is set', async () => {
    const { pool, clock, ready, told } = cmapPool({ minPoolSize: 2 })
    await clock.advance(60_000)
    expect(told()).toEqual(['ConnectionPoolCreated'])
    ready()
    await clock.settle()
    expect(pool.stats().idle).toBe(2)
  })
})

describe('Closing a connection pool', () => {
  it('closes all available connections first, and tells of its own end after', async () => {
    const { pool, clock, checkOut, close, told } = readyPool()
    const checkOuts = [checkOut(), checkOut()]
    await clock.settle()
    for (const { value } of checkOuts) value.release()
    await close()
    expect(told().slice(-3)).toEqual([
      'ConnectionClosed 1 poolClosed',
      'ConnectionClosed 2 poolClosed',
      'ConnectionPoolClosed',
    ])
    expect(pool.stats()).toMatchObject({ state: 'closed', size: 0 })
  })

  it('lets connections in use come back, and closes them when they are checked in', async () => {
    const { clock, checkedOut, close, told } = readyPool()
    const { value: lease } = await checkedOut()
    void close()
    await clock.advance(1_000_000)
    expect([lease.resource.open, lease.signal.aborted]).toEqual([true, false])
    lease.release()
    await clock.settle()
    expect(told('ConnectionCheckedIn', 'ConnectionClosed')).toEqual([
      'ConnectionCheckedIn 1',
      'ConnectionClosed 1 poolClosed',
    ])
  })

  it('fails every attempt to check out, from the moment at which it is asked to close', async () => {
    const { clock, checkOut, checkedOut, close, told } = readyPool()
    await checkedOut()
    void close()
    const refused = checkOut()
    await clock.settle()
    expect(refused.error).toMatchObject({ code: 'ERR_POOL_CLOSED' })
    expect(told().slice(-2)).toEqual(['ConnectionCheckOutStarted', 'ConnectionCheckOutFailed poolClosed'])
  })

  it('fails everyone in the wait queue', async () => {
    const { clock, checkOut, checkedOut, close, told } = readyPool({ maxPoolSize: 1 })
    await checkedOut()
    const queued = [checkOut(), checkOut()]
    void close()
    await clock.settle()
    expect(queued.map(({ error }) => error)).toMatchObject([{ code: 'ERR_POOL_CLOSED' }, { code: 'ERR_POOL_CLOSED' }])
    expect(told('ConnectionCheckOutFailed')).toHaveLength(2)
  })

  it('closes once, however often it is asked to', async () => {
    const { close, told } = readyPool()
    expect(close()).toBe(close())
    await close()
    await close()
    expect(told('ConnectionPoolClosed')).toHaveLength(1)
  })

  it('leaves the closed state for no other', async () => {
    const { pool, ready, clear, close, told } = readyPool({ minPoolSize: 1 })
    await close()
    ready()
    clear()
    expect(pool.stats()).toMatchObject({ state: 'closed', generation: 0, size: 0 })
    expect(told().at(-1)).toBe('ConnectionPoolClosed')
  })
})

describe('Marking a connection pool as ready', () => {
  it('lets check outs and populating begin, and tells of it first', async () => {
    const { pool, checkedOut, told } = cmapPool({ minPoolSize: 1 })
    const sizes: number[] = []
    pool.on('resume', () => sizes.push(pool.stats().size))
    pool.resume()
    expect(sizes).toEqual([0])
    expect((await checkedOut()).state).toBe('fulfilled')
    expect(told().slice(0, 3)).toEqual(['ConnectionPoolCreated', 'ConnectionPoolReady', 'ConnectionCreated 1'])
  })

  it('does nothing and tells nothing when the pool is ready already', () => {
    const { pool, ready, told } = readyPool()
    ready()
    expect(told('ConnectionPoolReady')).toHaveLength(1)
    expect(pool.stats().state).toBe('running')
  })
})

describe('Creating a connection', () => {
  it('counts it as pending and tells of it before anything is sent to the endpoint', () => {
    const { calls, open } = gatedOpens()
    const { pool, checkOut } = readyPool({}, { open })
    const seen: unknown[] = []
    pool.on('connecting', () => seen.push([calls.length, pool.stats().connecting, pool.stats().size]))
    checkOut()
    expect(seen).toEqual([[0, 1, 1]])
    expect(calls).toHaveLength(1)
  })
})

describe('Establishing a connection', () => {
  it('tells that it is ready, with the time since its creation', async () => {
    const { clock, events, checkOut } = readyPool({}, (time) => slowOpens(time, 70))
    checkOut()
    await clock.advance(100)
    expect(events).toContainEqual({ type: 'ConnectionReady', address: 'test', connectionId: 1, duration: 70 })
  })

  it('closes a connection that could not be established, and passes the error on', async () => {
    const { pool, checkedOut, told } = readyPool({}, { open: refuse })
    const failed = await checkedOut()
    expect(failed.error).toMatchObject({ code: 'ERR_POOL_CONNECT', cause: { message: 'refused' } })
    expect(told('ConnectionReady', 'ConnectionClosed')).toEqual(['ConnectionClosed 1 error'])
    expect(pool.stats()).toMatchObject({ size: 0, connecting: 0 })
  })
})

describe('Closing a connection', () => {
  it('takes it from those available or in use before its teardown begins', async () => {
    const seen: unknown[] = []
    const { pool, clock, checkedOut } = readyPool(
      { maxIdleTimeMS: 1_000 },
      { close: () => void seen.push([pool.stats().idle, pool.stats().connected]) },
    )
    const { value } = await checkedOut()
    ;(await checkedOut()).value.retire()
    expect(seen).toEqual([[0, 1]])
    value.release()
    await clock.advance(1_100)
    expect(seen).toEqual([
      [0, 1],
      [0, 0],
    ])
  })

  it('keeps nobody waiting for the teardown who can be served otherwise', async () => {
    const { checkedOut } = readyPool({}, { close: () => new Promise(() => {}) })
    const { value: lease } = await checkedOut()
    lease.retire()
    expect((await checkedOut()).value.connection.id).toBe(2)
  })
})

describe('Marking a connection as available', () => {
  it('counts a connection as available only once it is established', async () => {
    const opens = gatedOpens()
    const { pool, clock } = readyPool({ minPoolSize: 1 }, opens)
    await clock.settle()
    expect(pool.stats()).toMatchObject({ connecting: 1, idle: 0 })
    opens.calls[0]?.succeed()
    await clock.settle()
    expect(pool.stats()).toMatchObject({ connecting: 0, idle: 1 })
  })
})

describe('Populating the pool with a connection', () => {
  it('goes on until minPoolSize connections exist, never beyond maxConnecting at once', async () => {
    let most = 0
    const { pool, clock } = readyPool({ minPoolSize: 5 }, (time) => slowOpens(time, 100))
    pool.on('connecting', () => {
      most = Math.max(most, pool.stats().connecting)
    })
    await clock.advance(1_000)
    expect([pool.stats().idle, pool.stats().opened, most]).toEqual([5, 5, 2])
  })

  it('counts connections in use, and opens no more than are missing', async () => {
    const { pool, clock, checkOut } = readyPool({ minPoolSize: 2 })
    for (let i = 0; i < 3; i++) checkOut()
    await clock.settle()
    expect(pool.stats()).toMatchObject({ size: 3, leases: 3, idle: 0 })
  })

  it('restores minPoolSize after connections have ended', async () => {
    const { pool, clock, adapter } = readyPool({ minPoolSize: 2 })
    await clock.settle()
    for (const resource of [...adapter.resources]) resource.lose()
    await clock.advance(1_000)
    expect([...pool.connections()].map(({ id, state }) => [id, state])).toEqual([
      [3, 'idle.ready'],
      [4, 'idle.ready'],
    ])
  })

  it('is not done while the pool is paused', async () => {
    const { pool, clock, ready, clear } = readyPool({ minPoolSize: 2 })
    await clock.settle()
    clear()
    await clock.advance(60_000)
    expect(pool.stats()).toMatchObject({ size: 0, opened: 2 })
    ready()
    await clock.settle()
    expect(pool.stats()).toMatchObject({ idle: 2, opened: 4 })
  })

  it('blocks no check out', async () => {
    const opens = gatedOpens()
    const { clock, checkedOut } = readyPool({ minPoolSize: 3 }, opens)
    await clock.settle()
    opens.calls[0]?.succeed()
    await clock.settle()
    expect(opens.calls).toHaveLength(3)
    expect((await checkedOut()).value.connection.id).toBe(1)
  })

  it('makes a connection available before another establishment may begin for want of one', async () => {
    const opens = gatedOpens()
    const { pool, clock, checkOut } = readyPool({ minPoolSize: 1, maxConnecting: 1 }, opens)
    await clock.settle()
    const waiting = checkOut()
    opens.calls[0]?.succeed()
    await clock.settle()
    expect(waiting.value.connection.id).toBe(1)
    expect(opens.calls).toHaveLength(1)
    expect(pool.stats().connecting).toBe(0)
  })

  it('leaves its errors to whoever watches the endpoint, who may clear the pool', async () => {
    const { pool, clock, clear, told } = readyPool({ minPoolSize: 1 }, { open: refuse })
    pool.on('connectError', () => clear())
    await clock.advance(60_000)
    expect(told()).toEqual([
      'ConnectionPoolCreated',
      'ConnectionPoolReady',
      'ConnectionCreated 1',
      'ConnectionPoolCleared',
      'ConnectionClosed 1 error',
    ])
  })
})

describe('Checking out a connection', () => {
  it('prefers an available connection to a new one', async () => {
    const { checkedOut, told } = readyPool()
    ;(await checkedOut()).value.release()
    ;(await checkedOut()).value.release()
    expect(told('ConnectionCreated', 'ConnectionCheckedOut')).toEqual([
      'ConnectionCreated 1',
      'ConnectionCheckedOut 1',
      'ConnectionCheckedOut 1',
    ])
  })

  it('closes perished connections that it meets, until it finds one that is not', async () => {
    const { clock, adapter, checkOut, checkedOut, told } = readyPool(
      { maxPoolSize: 3 },
      { isUsable: ({ usable }) => usable },
    )
    const checkOuts = [checkOut(), checkOut(), checkOut()]
    await clock.settle()
    for (const { value } of checkOuts) value.release()
    for (const i of [1, 2]) (adapter.resources[i] as TestResource).usable = false
    expect((await checkedOut()).value.connection.id).toBe(1)
    expect(told().slice(-4)).toEqual([
      'ConnectionCheckOutStarted',
      'ConnectionClosed 3 error',
      'ConnectionClosed 2 error',
      'ConnectionCheckedOut 1',
    ])
  })

  it('creates a connection where none is available and there is room', async () => {
    const { clock, checkOut, checkedOut, told } = readyPool({ maxPoolSize: 2 })
    checkOut()
    await clock.settle()
    expect((await checkedOut()).value.connection.id).toBe(2)
    expect(told().slice(-4)).toEqual([
      'ConnectionCheckOutStarted',
      'ConnectionCreated 2',
      'ConnectionReady 2',
      'ConnectionCheckedOut 2',
    ])
  })

  it('waits at maxConnecting until an establishment is over', async () => {
    const opens = gatedOpens()
    const { clock, checkOut } = readyPool({ maxConnecting: 1 }, opens)
    checkOut()
    const second = checkOut()
    await clock.settle()
    expect(opens.calls).toHaveLength(1)
    opens.calls[0]?.succeed()
    await clock.settle()
    expect(opens.calls).toHaveLength(2)
    opens.calls[1]?.succeed()
    await clock.settle()
    expect(second.value.connection.id).toBe(2)
  })

  it('takes a connection that is checked in while it waits at maxConnecting', async () => {
    const opens = gatedOpens()
    const { clock, checkOut } = readyPool({ maxConnecting: 1 }, opens)
    const first = checkOut()
    opens.calls[0]?.succeed()
    await clock.settle()
    const waiting = [checkOut(), checkOut()]
    await clock.settle()
    first.value.release()
    await clock.settle()
    expect(waiting.map(({ state }) => state)).toEqual(['fulfilled', 'pending'])
    expect(waiting[0]?.value.connection.id).toBe(1)
  })

  it('keeps nobody from checking connections in or out while one is being established', async () => {
    const opens = gatedOpens()
    const { clock, checkOut, checkedOut } = readyPool({ minPoolSize: 1 }, opens)
    await clock.settle()
    opens.calls[0]?.succeed()
    await clock.settle()
    const [first, establishing] = [checkOut(), checkOut()]
    await clock.settle()
    expect([first.state, establishing.state, opens.calls.length]).toEqual(['fulfilled', 'pending', 2])
    opens.calls[1]?.succeed()
    await clock.settle()
    first.value.release()
    expect((await checkedOut()).value.connection.id).toBe(1)
  })

  it('fails with connectionError while the pool is paused, which says that trying again is of use', async () => {
    const { ready, checkedOut, clear, told } = readyPool()
    clear()
    expect((await checkedOut()).error).toMatchObject({ code: 'ERR_POOL_PAUSED' })
    expect(told().slice(-2)).toEqual(['ConnectionCheckOutStarted', 'ConnectionCheckOutFailed connectionError'])
    ready()
    expect((await checkedOut()).state).toBe('fulfilled')
  })

  it('fails with connectionError when its connection could not be set up', async () => {
    const { checkedOut, told } = readyPool({}, { open: refuse })
    await checkedOut()
    expect(told('ConnectionCheckOutFailed')).toEqual(['ConnectionCheckOutFailed connectionError'])
  })

  it('fails with timeout when the wait queue timeout has passed', async () => {
    const { clock, events, checkOut, checkedOut } = readyPool({ maxPoolSize: 1, waitQueueTimeoutMS: 50 })
    await checkedOut()
    checkOut()
    await clock.advance(100)
    const failed = events.find((event) => event.type === 'ConnectionCheckOutFailed')
    expect(failed).toMatchObject({ reason: 'timeout' })
    expect(failed?.duration).toBeGreaterThanOrEqual(50)
    expect(failed?.duration).toBeLessThanOrEqual(60)
  })

  it('counts the connection as in use, not as available, before it is handed over', async () => {
    const { pool, clock, checkedOut } = readyPool({ minPoolSize: 1 })
    await clock.settle()
    const seen: unknown[] = []
    pool.on('acquire', ({ connection }) => seen.push([connection.state, pool.stats().idle]))
    await checkedOut()
    expect(seen).toEqual([['connected.leased', 0]])
  })
})

describe('Checking in a connection', () => {
  it('tells of it and makes the connection available', async () => {
    const { pool, checkedOut, told } = readyPool()
    ;(await checkedOut()).value.release()
    expect(told().at(-1)).toBe('ConnectionCheckedIn 1')
    expect(pool.stats().idle).toBe(1)
  })

  it('closes a stale connection after telling of it', async () => {
    const { checkedOut, clear, told } = readyPool()
    const { value: lease } = await checkedOut()
    clear()
    lease.release()
    expect(told().slice(-3)).toEqual(['ConnectionPoolCleared', 'ConnectionCheckedIn 1', 'ConnectionClosed 1 stale'])
  })

  it('closes an errored connection after telling of it', async () => {
    const { checkedOut, told } = readyPool()
    const { value: lease } = await checkedOut()
    lease.destroy(new Error('network'))
    expect(told().slice(-2)).toEqual(['ConnectionCheckedIn 1', 'ConnectionClosed 1 error'])
  })

  it('cannot be done twice, nor to another pool: a lease knows where it belongs', async () => {
    const { pool, checkedOut, told } = readyPool()
    const misuses = record(pool, 'misuse')
    const { value: lease } = await checkedOut()
    lease.release()
    lease.release()
    expect(told('ConnectionCheckedIn')).toHaveLength(1)
    expect(misuses).toMatchObject([{ event: { action: 'release' } }])
    expect(pool.stats().idle).toBe(1)
  })
})

describe('Clearing a connection pool', () => {
  it('raises the generation and pauses the pool, and tells of it after both', () => {
    const { pool, clear } = readyPool()
    const seen: unknown[] = []
    pool.on('flush', () => seen.push([pool.stats().generation, pool.stats().state]))
    clear()
    expect(seen).toEqual([[1, 'paused']])
  })

  it('raises the generation of a paused pool too, but tells nothing', () => {
    const { pool, clear, told } = readyPool()
    clear()
    clear()
    expect(pool.stats()).toMatchObject({ state: 'paused', generation: 2 })
    expect(told('ConnectionPoolCleared')).toHaveLength(1)
  })

  it('fails everyone in the wait queue at once, without waiting for a timeout', async () => {
    const { pool, clock, checkOut, checkedOut, clear, told } = readyPool({ maxPoolSize: 1, waitQueueTimeoutMS: 10_000 })
    await checkedOut()
    const queued = [checkOut(), checkOut()]
    clear()
    await clock.settle()
    expect(queued.map(({ error }) => error)).toMatchObject([{ code: 'ERR_POOL_PAUSED' }, { code: 'ERR_POOL_PAUSED' }])
    expect(told('ConnectionCheckOutFailed')).toEqual(Array(2).fill('ConnectionCheckOutFailed connectionError'))
    expect(pool.stats().waiting).toBe(0)
  })

  it('lends nobody what was being established', async () => {
    const opens = gatedOpens()
    const { clock, ready, checkOut, clear, told } = readyPool({}, opens)
    checkOut()
    clear()
    opens.calls[0]?.succeed()
    await clock.settle()
    ready()
    checkOut()
    opens.calls[1]?.succeed()
    await clock.settle()
    expect(told('ConnectionClosed', 'ConnectionCheckedOut')).toEqual([
      'ConnectionClosed 1 stale',
      'ConnectionCheckedOut 2',
    ])
  })

  it('lends nothing stale to whoever checks out on hearing of it', async () => {
    const { pool, clock, checkOut, checkedOut, clear, ready, told } = readyPool()
    ;(await checkedOut()).value.release()
    pool.once('flush', () => {
      ready()
      void checkOut()
    })
    clear()
    await clock.settle()
    expect(told('ConnectionCheckedOut')).toEqual(['ConnectionCheckedOut 1', 'ConnectionCheckedOut 2'])
  })

  it('lets connections in use be used until they are checked in', async () => {
    const { clock, checkedOut, clear } = readyPool()
    const { value: lease } = await checkedOut()
    clear()
    await clock.advance(60_000)
    expect([lease.resource.open, lease.signal.aborted]).toEqual([true, false])
  })

  it('interrupts connections in use at once with interruptInUseConnections', async () => {
    const { events, checkedOut, clear, told } = readyPool()
    const { value: lease } = await checkedOut()
    const { resource, signal } = lease
    clear({ interruptInUseConnections: true })
    expect([resource.destroys, signal.aborted]).toEqual([1, true])
    expect(events).toContainEqual({ type: 'ConnectionPoolCleared', address: 'test', interruptInUseConnections: true })
    expect(told().slice(-2)).toEqual(['ConnectionPoolCleared', 'ConnectionClosed 1 stale'])
    lease.release()
    expect(told().at(-1)).toBe('ConnectionCheckedIn 1')
  })

  it('interrupts connections of all earlier generations, and none of a later one', async () => {
    const { pool, clock, ready, checkOut, checkedOut, clear } = readyPool()
    const oldest = await checkedOut()
    clear()
    ready()
    const older = await checkedOut()
    pool.once('flush', () => {
      ready()
      void checkOut()
    })
    clear({ interruptInUseConnections: true })
    await clock.settle()
    expect([oldest, older].map(({ value }) => value.signal.aborted)).toEqual([true, true])
    expect([...pool.connections()]).toMatchObject([{ id: 3, generation: 2, state: 'connected.leased' }])
  })

  it('serves further check outs while it interrupts', async () => {
    const { ready, checkedOut, clear } = readyPool({ maxPoolSize: 1 }, { destroy: () => new Promise(() => {}) })
    await checkedOut()
    clear({ interruptInUseConnections: true })
    ready()
    expect((await checkedOut()).value.connection.id).toBe(2)
  })
})

describe('Background thread', () => {
  it('closes perished connections although nobody checks out', async () => {
    const { clock, checkOut, clear, told } = readyPool({ maxIdleTimeMS: 1_000 })
    const [a, b] = [checkOut(), checkOut()]
    await clock.settle()
    a.value.release()
    await clock.advance(1_100)
    b.value.release()
    clear()
    await clock.settle()
    expect(told('ConnectionClosed')).toEqual(['ConnectionClosed 1 idle', 'ConnectionClosed 2 stale'])
  })

  it('closes perished connections also while populating waits for maxConnecting', async () => {
    const opens = gatedOpens()
    const { pool, clock, told } = readyPool({ minPoolSize: 3, maxConnecting: 1 }, { open: opens.open })
    await clock.settle()
    const resource = opens.calls[0]?.succeed()
    await clock.settle()
    expect(pool.stats()).toMatchObject({ idle: 1, connecting: 1 })
    resource?.lose()
    expect(told('ConnectionClosed')).toEqual(['ConnectionClosed 1 error'])
    expect(pool.stats()).toMatchObject({ idle: 0, connecting: 1 })
  })

  it('gives up an establishment that takes too long', async () => {
    const { clock, checkOut, told } = readyPool({}, gatedOpens(), {
      connect: { timeout: 500, concurrency: 2, growth: 'eager' },
    })
    const failed = checkOut()
    await clock.advance(520)
    expect(failed.error).toMatchObject({ code: 'ERR_POOL_CONNECT', cause: { name: 'TimeoutError' } })
    expect(told('ConnectionCheckOutFailed')).toEqual(['ConnectionCheckOutFailed connectionError'])
  })
})

describe('withConnection', () => {
  it('checks the connection in whatever happens', async () => {
    const { pool, told } = readyPool()
    await expect(pool.use(() => refuse())).rejects.toThrow('refused')
    await pool.use(() => 1)
    expect(told('ConnectionCheckedOut', 'ConnectionCheckedIn')).toEqual([
      'ConnectionCheckedOut 1',
      'ConnectionCheckedIn 1',
      'ConnectionCheckedOut 1',
      'ConnectionCheckedIn 1',
    ])
  })
})

describe('Connection pool monitoring', () => {
  it('tells a whole life in the order of the specification', async () => {
    const { clock, ready, checkOut, checkedOut, clear, close, told } = readyPool({ maxPoolSize: 1 })
    const [first, second] = [checkOut(), checkOut()]
    await clock.settle()
    first.value.release()
    await clock.settle()
    clear()
    second.value.release()
    ready()
    ;(await checkedOut()).value.release()
    await close()
    expect(told()).toEqual([
      'ConnectionPoolCreated',
      'ConnectionPoolReady',
      'ConnectionCheckOutStarted',
      'ConnectionCreated 1',
      'ConnectionCheckOutStarted',
      'ConnectionReady 1',
      'ConnectionCheckedOut 1',
      'ConnectionCheckedIn 1',
      'ConnectionCheckedOut 1',
      'ConnectionPoolCleared',
      'ConnectionCheckedIn 1',
      'ConnectionClosed 1 stale',
      'ConnectionPoolReady',
      'ConnectionCheckOutStarted',
      'ConnectionCreated 2',
      'ConnectionReady 2',
      'ConnectionCheckedOut 2',
      'ConnectionCheckedIn 2',
      'ConnectionClosed 2 poolClosed',
      'ConnectionPoolClosed',
    ])
  })

  it('tells how long each check out took from its start', async () => {
    const { clock, events, checkOut } = readyPool({ maxPoolSize: 1 }, (time) => slowOpens(time, 70))
    const first = checkOut()
    await clock.advance(30)
    checkOut()
    await clock.advance(60)
    first.value.release()
    await clock.settle()
    expect(events.filter(({ type }) => type === 'ConnectionCheckedOut')).toMatchObject([
      { duration: 70 },
      { duration: 60 },
    ])
  })

  it('tells of a new connection no longer an establishment than its check out took', async () => {
    const { clock, events, checkOut } = readyPool({ maxConnecting: 1 }, (time) => slowOpens(time, 70))
    checkOut()
    checkOut()
    await clock.advance(200)
    const durations = (type: string) => events.filter((e) => e.type === type).map((e) => 'duration' in e && e.duration)
    expect(durations('ConnectionReady')).toEqual([70, 70])
    expect(durations('ConnectionCheckedOut')).toEqual([70, 140])
  })

  it('has a word for everything that a pool can tell, and uses each of CMAP’s', () => {
    const translated = Object.values(translations).filter((translation) => translation !== undefined)
    expect(translated).toHaveLength(10)
    expect(new Set(Object.values(closedReasons))).toEqual(new Set(['stale', 'idle', 'error', 'poolClosed']))
    expect(new Set(Object.values(checkOutFailedReasons))).toEqual(new Set(['poolClosed', 'timeout', 'connectionError']))
  })
})

describe('Connection pool errors', () => {
  it('are three, told apart by code, and each names the pool', async () => {
    const { clock, ready, checkOut, checkedOut, clear, close } = readyPool({ maxPoolSize: 1, waitQueueTimeoutMS: 50 })
    await checkedOut()
    const timedOut = checkOut()
    await clock.advance(60)
    clear()
    const cleared = checkOut()
    ready()
    void close()
    const closed = checkOut()
    await clock.settle()
    expect([timedOut.error, cleared.error, closed.error]).toMatchObject([
      { code: 'ERR_POOL_ACQUIRE_TIMEOUT', pool: 'test' },
      { code: 'ERR_POOL_PAUSED', pool: 'test' },
      { code: 'ERR_POOL_CLOSED', pool: 'test' },
    ])
  })
})
