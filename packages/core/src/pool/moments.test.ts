import { channel, tracingChannel } from 'node:diagnostics_channel'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { TestResource } from '../../test/test-adapter.js'
import { follow, record, slowOpens, testPool } from '../../test/test-pool.js'
import type { PoolEvents } from './pool-events.js'

const failure = new Error('a listener of mine is broken')
const warnings = () => vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
afterEach(() => void vi.restoreAllMocks())

const names = [
  ...(['connecting', 'connect', 'connectError', 'transition', 'retire', 'disconnect', 'acquiring', 'acquire'] as const),
  ...(['acquireError', 'release', 'pause', 'resume', 'flush', 'quiet', 'close', 'slow', 'misuse', 'error'] as const),
] satisfies (keyof PoolEvents)[]

describe('events', () => {
  it('tells the life of an acquire in order', async () => {
    const { pool, clock } = testPool({}, (clock) => slowOpens(clock, 30))
    const heard = record(pool, 'acquiring', 'connecting', 'connect', 'acquire', 'release', 'quiet')
    const outcome = follow(pool.acquire())
    await clock.advance(30)
    await clock.advance(50)
    outcome.value.release()
    const { connection } = outcome.value
    expect(heard).toEqual([
      { name: 'acquiring', event: { pool: 'test' } },
      { name: 'connecting', event: { pool: 'test', connection, attempt: 1 } },
      { name: 'connect', event: { pool: 'test', connection, resource: expect.any(TestResource), took: 30 } },
      { name: 'acquire', event: { pool: 'test', connection, waited: 30, reused: false } },
      { name: 'release', event: { pool: 'test', connection, held: 50 } },
      { name: 'quiet', event: { pool: 'test' } },
    ])
  })

  it('tells of an acquire that found an idle connection', async () => {
    const { pool } = testPool()
    ;(await pool.acquire()).release()
    const heard = record(pool, 'acquiring', 'acquire')
    await pool.acquire()
    expect(heard.map(({ name, event }) => [name, event])).toEqual([
      ['acquiring', { pool: 'test' }],
      ['acquire', { pool: 'test', connection: expect.objectContaining({ id: 1 }), waited: 0, reused: true }],
    ])
  })

  it('tells every step of a connection as a path of the statechart (invariant 11)', async () => {
    const { pool, clock } = testPool()
    const heard = record(pool, 'transition')
    const lease = await pool.acquire()
    lease.release()
    ;(await pool.acquire()).retire()
    await clock.settle()
    expect(heard.map(({ event: { from, to, event } }) => `${from} -${event}-> ${to}`)).toEqual([
      'connecting -opened-> connected.leased',
      'connected.leased -rest-> idle.ready',
      'idle.ready -lease-> connected.leased',
      'connected.leased -retire-> connected.leaving',
      'connected.leaving -released-> closing.graceful',
      'closing.graceful -closeSettled-> closed',
    ])
  })

  it('says slow for a granted acquire that waited longer than acquire.slow', async () => {
    const { pool, clock } = testPool({ size: { max: 1 }, acquire: { slow: 100 } })
    const heard = record(pool, 'slow')
    const lease = await pool.acquire()
    const [first, second] = [follow(pool.acquire()), follow(pool.acquire())]
    await clock.advance(100)
    lease.release()
    await clock.advance(1)
    first.value.release()
    await clock.settle()
    const { connection } = second.value
    expect(heard.map(({ event }) => event)).toEqual([{ pool: 'test', connection, waited: 101 }])
  })

  it('says quiet when nothing is leased and nobody waits, and not before', async () => {
    const { pool, clock } = testPool({ size: { max: 2 } })
    const heard = record(pool, 'quiet')
    const leases = await Promise.all([pool.acquire(), pool.acquire()])
    const waiting = follow(pool.acquire())
    leases[0]?.release()
    await clock.settle()
    leases[1]?.release()
    expect(heard).toHaveLength(0)
    waiting.value.release()
    expect(heard).toHaveLength(1)
  })

  it('says quiet when the last lease is lost', async () => {
    const { pool } = testPool()
    const heard = record(pool, 'quiet')
    const lease = await pool.acquire()
    lease.resource.lose()
    expect(heard).toHaveLength(1)
    lease.release()
    expect(heard).toHaveLength(1)
  })

  it('says quiet when the last waiter gives up while nothing is leased', async () => {
    const { pool, clock } = testPool({}, { open: () => new Promise(() => {}) })
    const heard = record(pool, 'quiet')
    follow(pool.acquire({ timeout: 10 }))
    await clock.advance(10)
    expect(heard).toHaveLength(1)
  })

  it('publishes every event with its payload on the diagnostics channel of its name', async () => {
    const published: { name: string; event: unknown }[] = []
    const unsubscribe = names.map((name) => {
      const subscriber = (event: unknown) => void published.push({ name, event })
      channel(`millpond:${name}`).subscribe(subscriber)
      return () => channel(`millpond:${name}`).unsubscribe(subscriber)
    })
    const { pool, clock } = testPool(
      { size: { max: 1 }, acquire: { slow: 1 }, name: 'published' },
      {
        open: ({ connectionId }) => {
          if (connectionId === 1) throw new Error('refused')
          return new TestResource(connectionId)
        },
        close: () => {
          throw failure
        },
      },
    )
    const heard = record(pool, ...names)
    await expect(pool.acquire()).rejects.toThrow('refused')
    await clock.advance(1_000)
    const lease = await pool.acquire()
    const waiting = follow(pool.acquire())
    await clock.advance(10)
    lease.release()
    lease.release()
    pool.pause()
    pool.resume()
    await clock.settle()
    pool.flush()
    waiting.value.release()
    await pool.close()
    for (const stop of unsubscribe) stop()

    expect(new Set(heard.map(({ name }) => name))).toEqual(new Set(names))
    const told = (all: { name: string; event: unknown }[], name: string) =>
      all.filter((one) => one.name === name).map(({ event }) => event)
    for (const name of names) expect(told(published, name), name).toEqual(told(heard, name))
    for (const { event } of heard) expect(event.pool).toBe('published')
  })

  it('publishes without any listener, and no longer when nobody subscribes', async () => {
    const published: unknown[] = []
    const subscriber = (event: unknown) => void published.push(event)
    const { pool } = testPool()
    channel('millpond:acquire').subscribe(subscriber)
    ;(await pool.acquire()).release()
    ;(await pool.acquire()).release()
    channel('millpond:acquire').unsubscribe(subscriber)
    ;(await pool.acquire()).release()
    expect(published).toHaveLength(2)
  })

  it('builds nothing where nobody listens, and tells those who come later', async () => {
    const { pool, clock } = testPool({ size: { max: 1 } })
    const infos = vi.fn()
    const lease = await pool.acquire()
    const waiting = follow(pool.acquire())
    lease.release()
    await clock.settle()
    waiting.value.release()
    pool.on('acquire', infos)
    ;(await pool.acquire()).release()
    pool.off('acquire', infos)
    ;(await pool.acquire()).release()
    pool.once('acquire', infos)
    ;(await pool.acquire()).release()
    ;(await pool.acquire()).release()
    expect(infos).toHaveBeenCalledTimes(2)
    pool.addListener('acquire', infos)
    pool.removeAllListeners()
    ;(await pool.acquire()).release()
    expect(infos).toHaveBeenCalledTimes(2)
  })
})

describe('traces', () => {
  function trace(name: string) {
    const steps: [string, Record<string, unknown>][] = []
    const step = (what: string) => (message: unknown) => void steps.push([what, message as Record<string, unknown>])
    const subscribers = {
      start: step('start'),
      end: step('end'),
      asyncStart: step('asyncStart'),
      asyncEnd: step('asyncEnd'),
      error: step('error'),
    }
    const traced = tracingChannel(name)
    traced.subscribe(subscribers)
    return { steps, stop: () => traced.unsubscribe(subscribers) }
  }

  it('traces an acquire from its call to its grant', async () => {
    const { steps, stop } = trace('millpond:acquire')
    const { pool } = testPool({ name: 'traced' })
    const lease = await pool.acquire()
    lease.release()
    await pool.acquire()
    stop()
    expect(steps.map(([what]) => what)).toEqual(
      ['start', 'end', 'asyncStart', 'asyncEnd', 'start', 'end', 'asyncStart', 'asyncEnd'].map((what) => what),
    )
    expect(steps[0]?.[1]).toMatchObject({ pool: 'traced' })
    expect(steps[2]?.[1]).toMatchObject({ pool: 'traced', result: lease })
  })

  it('traces an acquire that fails, with its error', async () => {
    const { steps, stop } = trace('millpond:acquire')
    const { pool } = testPool()
    const error = await pool.acquire({ timeout: 0 }).catch((error: unknown) => error)
    stop()
    expect(steps.map(([what]) => what)).toContain('error')
    expect(steps.find(([what]) => what === 'error')?.[1]).toMatchObject({ error })
  })

  it('traces the opens of the adapter, succeeded, failed and thrown', async () => {
    const { steps, stop } = trace('millpond:connect')
    const { pool, clock } = testPool(
      { connect: { backoff: { jitter: 0 } } },
      {
        open: ({ connectionId }) => {
          if (connectionId === 1) throw failure
          return connectionId === 2 ? Promise.reject(failure) : new TestResource(connectionId)
        },
      },
    )
    for (let i = 0; i < 3; i++) {
      const outcome = follow(pool.acquire())
      await clock.advance(1_000)
      expect(outcome.state).toBe(i < 2 ? 'rejected' : 'fulfilled')
    }
    stop()
    const errors = steps.filter(([what]) => what === 'error').map(([, message]) => message.error)
    expect(errors).toEqual([failure, failure])
    expect(steps.at(-1)?.[1]).toMatchObject({ pool: 'test', result: expect.any(TestResource) })
    expect(steps.filter(([what]) => what === 'start')).toHaveLength(3)
  })
})

describe('trouble', () => {
  const broken = () => {
    throw failure
  }

  it('gives what a listener throws to error, and changes nothing', async () => {
    const { pool, clock } = testPool({ size: { max: 1 } })
    const errors = record(pool, 'error')
    for (const name of names) if (name !== 'error') pool.on(name, broken)
    const lease = await pool.acquire()
    const waiting = follow(pool.acquire())
    lease.release()
    await clock.settle()
    expect(waiting.state).toBe('fulfilled')
    waiting.value.retire()
    await clock.settle()
    pool.flush()
    pool.pause()
    pool.resume()
    await pool.close()
    expect(errors.length).toBeGreaterThan(10)
    for (const { event } of errors) expect(event).toEqual({ pool: 'test', source: 'listener', error: failure })
    expect(pool.stats()).toMatchObject({ state: 'closed', size: 0 })
  })

  it('warns the process once per source when nobody listens to error, and never throws', async () => {
    const warn = warnings()
    const { pool, clock } = testPool({ name: 'quiet' }, { close: broken, watch: () => broken })
    pool.on('acquire', broken)
    for (let i = 0; i < 3; i++) {
      ;(await pool.acquire()).retire()
      await clock.settle()
    }
    expect(warn.mock.calls.map(([, options]) => (options as { code: string }).code).sort()).toEqual([
      'WARN_POOL_CLOSE',
      'WARN_POOL_LISTENER',
      'WARN_POOL_UNWATCH',
    ])
    for (const [message, options] of warn.mock.calls) {
      expect(message).toContain('"quiet"')
      expect(message).toContain(failure.message)
      expect(options).toMatchObject({ type: 'PoolWarning' })
    }
  })

  it('shows no secret in a warning', async () => {
    const warn = warnings()
    const { pool } = testPool(
      {},
      {
        destroy: () => {
          throw new Error('cannot end postgres://app:hunter2@db, password=hunter2')
        },
      },
    )
    ;(await pool.acquire()).destroy()
    expect(warn).toHaveBeenCalledTimes(1)
    expect(String(warn.mock.calls[0]?.[0])).toContain('postgres://app:***@db')
    expect(JSON.stringify(warn.mock.calls)).not.toContain('hunter2')
  })

  it('warns when the error listener is broken itself', async () => {
    const warn = warnings()
    const { pool } = testPool()
    pool.on('error', broken)
    pool.on('acquire', broken)
    ;(await pool.acquire()).release()
    expect(warn).toHaveBeenCalledTimes(1)
    expect(warn.mock.calls[0]?.[1]).toMatchObject({ code: 'WARN_POOL_LISTENER' })
  })

  it('emits no process warning for an error that a once-listener heard', async () => {
    const warn = warnings()
    const { pool } = testPool()
    const heard = vi.fn()
    pool.once('error', heard)
    pool.on('acquire', broken)
    ;(await pool.acquire()).release()
    expect(heard).toHaveBeenCalledTimes(1)
    expect(warn).not.toHaveBeenCalled()
  })

  it('takes anything that is thrown, an error or not', async () => {
    const warn = warnings()
    const { pool } = testPool(
      {},
      {
        destroy: () => {
          throw 'text'
        },
      },
    )
    ;(await pool.acquire()).destroy()
    expect(String(warn.mock.calls[0]?.[0])).toContain('text')
  })
})
