import { describe, expect, it } from 'vitest'
import { gatedOpens, slowOpens } from '../test-pool.js'
import { virtualClock } from '../virtual-clock.js'
import { readyPool } from './cmap-pool.js'

describe('Where millpond differs from CMAP', () => {
  it('keeps and lends idle connections that minPoolSize needs beyond maxIdleTimeMS; CMAP replaces them', async () => {
    const { clock, checkedOut, told } = readyPool({ minPoolSize: 1, maxIdleTimeMS: 1_000 })
    await clock.advance(60_000)
    expect((await checkedOut()).value.connection.id).toBe(1)
    expect(told('ConnectionClosed')).toEqual([])
  })

  it('does not charge connections for the time in which the process stood still; CMAP calls them idle', async () => {
    const time = virtualClock()
    let slept = 0
    const clock = { now: () => time.now() + slept, setTimeout: time.setTimeout, clearTimeout: time.clearTimeout }
    const { checkedOut } = readyPool({ maxIdleTimeMS: 1_000 }, {}, { clock })
    ;(await checkedOut()).value.release()
    await time.advance(100)
    slept = 60_000
    expect((await checkedOut()).value.connection.id).toBe(1)
  })

  it('binds no establishment to a check out: the oldest takes what is ready first; CMAP binds them', async () => {
    const opens = gatedOpens()
    const { clock, checkOut } = readyPool({}, opens)
    const [older, newer] = [checkOut(), checkOut()]
    opens.calls[1]?.succeed()
    await clock.settle()
    expect([older.value.connection.id, newer.state]).toEqual([2, 'pending'])
  })

  it('lets a check out wait on after a failed establishment while another may serve it; CMAP fails it', async () => {
    const opens = gatedOpens()
    const { clock, checkOut, told } = readyPool({}, opens)
    const [older, newer] = [checkOut(), checkOut()]
    opens.calls[0]?.fail()
    opens.calls[1]?.succeed()
    await clock.settle()
    older.value.release()
    await clock.settle()
    expect(newer.value.connection.id).toBe(2)
    expect(told('ConnectionClosed', 'ConnectionCheckOutFailed')).toEqual(['ConnectionClosed 1 error'])
  })

  it('fails all check outs with one failed establishment that leaves none to wait for; CMAP fails one', async () => {
    const opens = gatedOpens()
    const { clock, checkOut } = readyPool({ maxConnecting: 1 }, opens)
    const both = [checkOut(), checkOut()]
    opens.calls[0]?.fail()
    await clock.settle()
    expect(both.map(({ state }) => state)).toEqual(['rejected', 'rejected'])
    expect(opens.calls).toHaveLength(1)
  })

  it('waits out a backoff after a failed establishment; CMAP tries again with the next check out', async () => {
    const opens = gatedOpens()
    const { clock, checkOut } = readyPool({}, opens)
    checkOut()
    opens.calls[0]?.fail()
    await clock.settle()
    checkOut()
    await clock.advance(90)
    expect(opens.calls).toHaveLength(1)
    await clock.advance(20)
    expect(opens.calls).toHaveLength(2)
  })

  it('tells of the failed check out before the connection that failed it; CMAP closes first', async () => {
    const { checkedOut, told } = readyPool({}, { open: () => Promise.reject(new Error('refused')) })
    await checkedOut()
    expect(told().slice(-2)).toEqual(['ConnectionCheckOutFailed connectionError', 'ConnectionClosed 1 error'])
  })

  it('tells of a closed connection, and frees its place, after the teardown; CMAP before', async () => {
    const { clock, checkedOut, told, pool } = readyPool({ maxPoolSize: 1 }, (time) => ({
      close: () => new Promise((resolve) => time.setTimeout(resolve, 200)),
    }))
    ;(await checkedOut()).value.retire()
    const waiting = await checkedOut()
    expect(pool.stats()).toMatchObject({ size: 1, closing: 1 })
    expect([waiting.state, told('ConnectionClosed')]).toEqual(['pending', []])
    await clock.advance(200)
    expect([waiting.state, told('ConnectionClosed')]).toEqual(['fulfilled', ['ConnectionClosed 1 stale']])
  })

  it('tells that the pool is closed when the last connection is; CMAP while some are still in use', async () => {
    const { clock, checkedOut, close, told } = readyPool()
    const { value: lease } = await checkedOut()
    void close()
    await clock.settle()
    expect(told('ConnectionPoolClosed')).toEqual([])
    lease.release()
    await clock.settle()
    expect(told().slice(-2)).toEqual(['ConnectionClosed 1 poolClosed', 'ConnectionPoolClosed'])
  })

  it('calls a flushed or closed establishment that never ends an error; CMAP says stale or poolClosed', async () => {
    const flushed = readyPool({}, gatedOpens())
    flushed.checkOut()
    flushed.clear()
    const closed = readyPool({}, gatedOpens())
    closed.checkOut()
    void closed.close()
    for (const { clock, told } of [flushed, closed]) {
      await clock.advance(20_000)
      expect(told('ConnectionClosed')).toEqual(['ConnectionClosed 1 error'])
    }
  })

  it('calls a connection in use that destroy() takes away closed with its pool; CMAP has no such exit', async () => {
    const { pool, checkedOut, told } = readyPool()
    await checkedOut()
    await pool.destroy()
    expect(told().slice(-2)).toEqual(['ConnectionClosed 1 poolClosed', 'ConnectionPoolClosed'])
  })

  it('tells of a granted tryAcquire without a start; every check out of CMAP has one', async () => {
    const { pool, checkedOut, told } = readyPool()
    ;(await checkedOut()).value.release()
    pool.tryAcquire()
    expect(told().slice(-2)).toEqual(['ConnectionCheckedIn 1', 'ConnectionCheckedOut 1'])
  })

  it('holds waiters and goes on after a flush alone; a clear of CMAP is a pause and a flush', async () => {
    const { pool, clock, checkOut } = readyPool({ maxPoolSize: 1 }, (time) => slowOpens(time, 10))
    const waiting = checkOut()
    pool.flush()
    await clock.advance(100)
    expect(pool.stats()).toMatchObject({ state: 'running', generation: 1 })
    expect(waiting.value.connection).toMatchObject({ id: 2, generation: 1 })
  })

  it('says in the error of a cleared pool that it is paused, not which error cleared it', async () => {
    const { clear, checkedOut } = readyPool()
    clear()
    const { error } = await checkedOut()
    expect(error.cause).toBeUndefined()
  })

  it('interrupts a lease with a plain error, without a code that calls it retryable', async () => {
    const { clear, checkedOut } = readyPool()
    const { value: lease } = await checkedOut()
    const { signal } = lease
    clear({ interruptInUseConnections: true })
    expect(signal.reason).toBeInstanceOf(Error)
    expect(signal.reason).not.toHaveProperty('code')
  })
})
