import { createPool, type InvalidOptionError, type Pool, type PoolOptions } from '@millpond/core'
import { describe, expect, it } from 'vitest'
import { type VirtualClock, virtualClock } from '../time/virtual-clock.js'
import type { Fault } from './fault.js'
import { exponential, lognormal } from './latency.js'
import { type SimulatedAdapter, type SimulatedAdapterOptions, simulatedAdapter } from './simulated-adapter.js'
import type { SimulatedResource } from './simulated-resource.js'

interface Setting {
  readonly clock: VirtualClock
  readonly adapter: SimulatedAdapter
  readonly pool: Pool<SimulatedResource>
}

function setUp(options: SimulatedAdapterOptions = {}, poolOptions: PoolOptions = {}): Setting {
  const clock = virtualClock()
  const adapter = simulatedAdapter({ ...options, clock })
  const pool = createPool<SimulatedResource>(adapter, { clock, random: () => 0.5, ...poolOptions })
  return { clock, adapter, pool }
}

/** What an acquire has come to after so many ms. */
async function after(clock: VirtualClock, ms: number, promise: Promise<unknown>): Promise<string> {
  let state = 'pending'
  promise.then(
    () => {
      state = 'granted'
    },
    (error) => {
      state = error.name
    },
  )
  await clock.advance(ms)
  return state
}

describe('the calls of a simulated adapter', () => {
  it('take as long as they were told to', async () => {
    const { clock, adapter, pool } = setUp({ connect: 50, check: 7, reset: 3, close: 20 }, { health: { after: 0 } })
    const first = pool.acquire()
    expect(await after(clock, 49, first)).toBe('pending')
    expect(adapter.counts).toMatchObject({ connecting: 1, open: 0 })
    expect(await after(clock, 1, first)).toBe('granted')
    expect(adapter.counts).toMatchObject({ connecting: 0, open: 1, opened: 1, watched: 1 })
    ;(await first).release()
    await clock.advance(2)
    expect(pool.stats().idle).toBe(0)
    await clock.advance(1)
    expect(pool.stats().idle).toBe(1)
    await clock.advance(100)
    const second = pool.acquire()
    expect(await after(clock, 6, second)).toBe('pending')
    expect(await after(clock, 1, second)).toBe('granted')
    ;(await second).retire()
    await clock.advance(19)
    expect(adapter.counts).toMatchObject({ open: 1, watched: 0, closed: 0 })
    await clock.advance(1)
    expect(adapter.counts).toMatchObject({ open: 0, closed: 1, destroyed: 0 })
    expect(adapter.violations).toEqual([])
  })

  it('take what distributions draw, the same for the same seed', async () => {
    const opened = async (seed: number) => {
      const clock = virtualClock()
      const adapter = simulatedAdapter({ connect: exponential({ mean: 40 }), seed, clock })
      const pool = createPool<SimulatedResource>(adapter, { clock, size: { max: 5 }, connect: { growth: 'eager' } })
      void pool.warm(5)
      await clock.advance(5_000)
      return [...adapter.resources].map(({ openedAt }) => openedAt)
    }
    const once = await opened(3)
    expect(once).toHaveLength(5)
    expect(new Set(once).size).toBe(5)
    expect(await opened(3)).toEqual(once)
    expect(await opened(4)).not.toEqual(once)
  })

  it('settle at once at a latency of 0', async () => {
    const { clock, adapter, pool } = setUp({ check: 0, reset: 0 })
    await pool.use(() => {})
    await pool.close()
    expect(clock.now()).toBe(0)
    expect(clock.pending).toBe(0)
    expect(adapter.counts).toMatchObject({ open: 0, opened: 1, closed: 1, watched: 0 })
  })

  it('are given up when their signal aborts, and leave no listener and no timer', async () => {
    const clock = virtualClock()
    const adapter = simulatedAdapter({ connect: 100, check: 100, clock })
    const aborter = new AbortController()
    const { signal } = aborter
    const open = Promise.resolve(adapter.open({ signal, connectionId: 1, timeout: 1_000, attempt: 1 }))
    const refused = expect(open).rejects.toBe('enough')
    aborter.abort('enough')
    await refused
    expect(clock.pending).toBe(0)
    expect(adapter.counts).toMatchObject({ connecting: 0, failed: 1, open: 0 })
    const already = adapter.open({ signal, connectionId: 2, timeout: 1_000, attempt: 1 })
    await expect(already).rejects.toBe('enough')
    expect(clock.pending).toBe(0)
  })

  it('work in real time too', async () => {
    const adapter = simulatedAdapter({ connect: lognormal({ p50: 2, p99: 8 }) })
    await using pool = createPool<SimulatedResource>(adapter)
    expect(await pool.use(({ state }) => state)).toBe('open')
  })

  it('let a resource be lent to as many as it carries', async () => {
    const { adapter, pool } = setUp({ capacity: 2 }, { size: { max: 1 } })
    const [a, b] = await Promise.all([pool.acquire(), pool.acquire()])
    a.resource.borrow('a')
    b.resource.borrow('b')
    expect(a.resource.holders).toEqual(['a', 'b'])
    a.resource.borrow('c')
    expect(adapter.violations).toEqual([
      { invariant: 1, message: 'resource 1 (connection 1) is lent to a and b and c, of at most 2', at: 0 },
    ])
  })
})

describe('the faults of a simulated adapter', () => {
  const first = async (
    fault: Fault,
    ms: number,
    options: SimulatedAdapterOptions = {},
    poolOptions: PoolOptions = {},
  ) => {
    const setting = setUp({ connect: 10, ...options, faults: [fault] }, poolOptions)
    return { ...setting, state: await after(setting.clock, ms, setting.pool.acquire()) }
  }

  it('refuse opens, and say so as a socket would', async () => {
    const { clock, pool, adapter } = setUp({ connect: 10, faults: [{ kind: 'refuse', until: 5 }] })
    const error = pool.acquire().catch((error) => error)
    await clock.advance(10)
    expect(await error).toMatchObject({
      name: 'ConnectError',
      cause: { code: 'ECONNREFUSED', name: 'SimulatedFailure' },
    })
    expect(adapter.counts).toMatchObject({ failed: 1, connecting: 0, open: 0 })
    expect(await after(clock, 200, pool.acquire())).toBe('granted')
  })

  it('strike once at a moment, for a period, or by chance', async () => {
    const struck = async (when: Pick<Fault, 'at' | 'from' | 'until' | 'probability'>) => {
      const clock = virtualClock(1_000)
      const adapter = simulatedAdapter({ faults: [{ kind: 'refuse', ...when }], clock })
      const refused: number[] = []
      const { signal } = new AbortController()
      for (let connectionId = 0; connectionId < 100; connectionId++) {
        try {
          await adapter.open({ signal, connectionId, timeout: 1, attempt: 1 })
        } catch {
          refused.push(clock.now() - 1_000)
        }
        await clock.advance(10)
      }
      return refused
    }
    expect(await struck({ at: 195 })).toEqual([200])
    expect(await struck({ from: 30, until: 60 })).toEqual([30, 40, 50])
    expect(await struck({ from: 980 })).toEqual([980, 990])
    const byChance = (await struck({ probability: 0.3 })).length
    expect(byChance).toBeGreaterThan(15)
    expect(byChance).toBeLessThan(45)
  })

  it('let opens hang until their signal aborts', async () => {
    const { clock, adapter, state } = await first({ kind: 'hang', at: 0 }, 400, {}, { connect: { timeout: 500 } })
    expect(state).toBe('pending')
    expect(adapter.counts.connecting).toBe(1)
    await clock.advance(100)
    expect(adapter.counts).toMatchObject({ connecting: 0, failed: 1 })
  })

  it('let a deaf open arrive late, and the pool ends what comes', async () => {
    const connect = { timeout: 500 }
    const fault: Fault = { kind: 'slow', at: 0, by: 7_000, factor: 1, deaf: true }
    const { clock, adapter, pool, state } = await first(fault, 600, {}, { connect, close: { timeout: 500 } })
    expect(state).not.toBe('granted')
    expect(adapter.counts).toMatchObject({ connecting: 1, failed: 0 })
    await clock.advance(6_500)
    expect(adapter.counts).toMatchObject({ connecting: 0, opened: 1, open: 0, destroyed: 1 })
    expect(pool.stats()).toMatchObject({ abandoned: 1, late: 1 })
  })

  it('make calls slower', async () => {
    expect((await first({ kind: 'slow' }, 99)).state).toBe('pending')
    expect((await first({ kind: 'slow' }, 100)).state).toBe('granted')
    expect((await first({ kind: 'slow', factor: 1, by: 5 }, 14)).state).toBe('pending')
    expect((await first({ kind: 'slow', factor: 1, by: 5 }, 15)).state).toBe('granted')
  })

  it('fail checks and resets, so that the connection ends', async () => {
    for (const [kind, reason] of [
      ['fail-check', 'unhealthy'],
      ['fail-reset', 'reset-failed'],
    ] as const) {
      for (const latency of [0, 5]) {
        const faults = [{ kind, at: 0 }]
        const { clock, adapter, pool } = setUp({ check: latency, reset: latency, faults }, { health: { after: 0 } })
        ;(await pool.acquire()).release()
        await clock.advance(20)
        const lease = pool.acquire()
        await clock.advance(10)
        ;(await lease).resource.borrow('me')
        expect(pool.stats().closed[reason]).toBe(1)
        expect(adapter.counts).toMatchObject({ opened: 2, closed: 1, open: 1 })
        expect(adapter.violations).toEqual([])
      }
    }
  })

  it('fail closes, so that the resource is destroyed', async () => {
    for (const fault of [{ kind: 'fail-close' }, { kind: 'hang', call: 'close' }] as const) {
      const { clock, adapter, pool } = setUp({ faults: [fault] })
      pool.on('error', () => {})
      ;(await pool.acquire()).retire()
      await clock.advance(6_000)
      expect(adapter.counts).toMatchObject({ open: 0, closed: 0, destroyed: 1 })
      expect(adapter.violations).toEqual([])
    }
  })

  it('lose connections at a moment, or some time after their open', async () => {
    const { clock, adapter, pool } = setUp({ faults: [{ kind: 'lose', at: 100 }] })
    const early = await pool.acquire()
    await clock.advance(100)
    expect(early.connection.state).toBe('closed')
    const late = await pool.acquire()
    await clock.advance(1_000)
    expect(late.connection.state).toBe('connected.leased')
    expect(adapter.counts).toMatchObject({ lost: 1, open: 1, destroyed: 1 })

    const other = setUp({ faults: [{ kind: 'lose', after: 30 }] })
    const lease = await other.pool.acquire()
    expect(lease.signal.aborted).toBe(false)
    await other.clock.advance(30)
    expect(lease.signal.reason).toMatchObject({ code: 'ECONNRESET' })
    expect(other.pool.stats().closed.lost).toBe(1)
    expect(other.adapter.violations).toEqual([])
  })

  it('can keep a loss from everybody but those who ask', async () => {
    const asked = setUp({ faults: [{ kind: 'lose', after: 30, notice: 'asked' }] })
    await asked.pool.use(() => {})
    await asked.clock.advance(30)
    expect(asked.pool.stats().idle).toBe(1)
    expect((await asked.pool.acquire()).connection.id).toBe(2)

    const unknown = setUp({ check: 5, faults: [{ kind: 'lose', at: 600, notice: 'none' }] }, { health: { after: 500 } })
    await unknown.pool.use(() => {})
    await unknown.clock.advance(601)
    const lease = unknown.pool.acquire()
    await unknown.clock.advance(10)
    expect((await lease).connection.id).toBe(2)
    expect(unknown.pool.stats().closed.unhealthy).toBe(1)
    expect(unknown.adapter.violations).toEqual([])
  })

  it('of which the first of the list strikes', async () => {
    const faults: Fault[] = [{ kind: 'slow', until: 5 }, { kind: 'refuse' }]
    const { clock, pool } = setUp({ connect: 10, faults })
    expect(await after(clock, 100, pool.acquire())).toBe('granted')
    expect(await after(clock, 15_000, pool.acquire({ timeout: 12_000 }))).toBe('TimeoutError')
  })

  it.each<[string, unknown]>([
    ['faults', 17],
    ['faults[0].kind', { kind: 'explode' }],
    ['faults[0].call', { kind: 'hang', call: 'open' }],
    ['faults[0].share', { kind: 'lose', share: 1 }],
    ['faults[0].at', { kind: 'refuse', at: -1 }],
    ['faults[0].at', { kind: 'refuse', at: 1, from: 0 }],
    ['faults[0].from', { kind: 'refuse', from: Number.NaN }],
    ['faults[0].until', { kind: 'refuse', from: 5, until: 5 }],
    ['faults[0].probability', { kind: 'refuse', probability: 2 }],
    ['faults[0].factor', { kind: 'slow', factor: -1 }],
    ['faults[0].by', { kind: 'slow', by: Number.NaN }],
    ['faults[0].after', { kind: 'lose', at: 5, after: 5 }],
    ['faults[0].after', { kind: 'lose', after: -5 }],
    ['faults[0].notice', { kind: 'lose', notice: 'never' }],
  ])('are refused where they make no sense: %s', (option, fault) => {
    const faults = (option === 'faults' ? fault : [fault]) as Fault[]
    const error = thrownBy(() => simulatedAdapter({ faults }))
    expect(error).toMatchObject({ name: 'InvalidOptionError', option })
  })
})

describe('a simulated resource', () => {
  const open = async (options: SimulatedAdapterOptions = {}) => {
    const { clock, adapter, pool } = setUp(options)
    const lease = await pool.acquire()
    return { clock, adapter, pool, lease, resource: lease.resource }
  }
  const invariants = ({ violations }: SimulatedAdapter) => violations.map(({ invariant }) => invariant)

  it('knows who has it, and what it went through', async () => {
    const { clock, adapter, lease, resource } = await open({ reset: 1 })
    await clock.advance(4)
    resource.borrow('Ann')
    expect(resource.holders).toEqual(['Ann'])
    resource.giveBack('Ann')
    lease.release()
    await clock.advance(2)
    resource.lose()
    expect(resource.holders).toEqual([])
    expect(resource.borrowed).toBe(1)
    expect(resource.history).toEqual([
      { at: 0, what: 'opened' },
      { at: 4, what: 'reset' },
      { at: 6, what: 'lost' },
      { at: 6, what: 'destroy' },
      { at: 6, what: 'destroyed' },
    ])
    expect(adapter.violations).toEqual([])
  })

  it('remembers its last hundred events at least, and not for ever', async () => {
    const { resource } = await open()
    for (let n = 0; n < 10_000; n++) resource.note(`event ${n}`)
    expect(resource.history.length).toBeGreaterThanOrEqual(100)
    expect(resource.history.length).toBeLessThan(200)
    expect(resource.history.at(-1)?.what).toBe('event 9999')
  })

  it('tells of two borrowers at once, and of one that gives back what it does not have', async () => {
    const { adapter, resource } = await open()
    resource.borrow('Ann')
    resource.borrow('Bob')
    resource.giveBack('Cid')
    expect(adapter.violations.map(({ message }) => message)).toEqual([
      'resource 1 (connection 1) is lent to Ann and Bob, of at most 1',
      'resource 1 (connection 1) is given back by Cid, who did not have it',
    ])
  })

  it('tells when it is lent after the pool was told that it is lost, and when it is closed', async () => {
    const { adapter, resource } = await open()
    resource.lose()
    expect(resource.state).toBe('closed')
    resource.borrow('Ann')
    expect(invariants(adapter)).toEqual([1])

    const other = await open()
    other.adapter.isUsable?.(other.resource)
    other.resource.borrow('Ann')
    expect(invariants(other.adapter)).toEqual([])
    other.resource.giveBack('Ann')
    other.resource.lose('asked')
    other.adapter.isUsable?.(other.resource)
    other.resource.borrow('Bob')
    expect(invariants(other.adapter)).toEqual([8])
  })

  it('tells when it is closed or destroyed twice', async () => {
    const { signal } = new AbortController()
    const { adapter, resource } = await open()
    await adapter.close(resource, { signal, reason: 'idle' })
    await adapter.close(resource, { signal, reason: 'idle' })
    adapter.destroy?.(resource, 'idle')
    expect(invariants(adapter)).toEqual([6, 6])
    expect(adapter.counts).toMatchObject({ open: 0, closed: 1, destroyed: 0 })
  })

  it('tells when a call overlaps another, or comes while it is lent', async () => {
    const { signal } = new AbortController()
    const { clock, adapter, resource } = await open({ check: 10 })
    const check = adapter.check?.(resource, { signal, timeout: 100 })
    adapter.check?.(resource, { signal, timeout: 100 })
    expect(invariants(adapter)).toEqual([1])
    await clock.advance(10)
    await check
    resource.borrow('Ann')
    adapter.check?.(resource, { signal, timeout: 100 })
    expect(adapter.violations[1]?.message).toBe('check of resource 1 while Ann has it')
    resource.giveBack('Ann')
    resource.borrow('Bob')
    expect(adapter.violations[2]?.message).toMatch(/is lent to Bob while its check is pending/)
  })
})

describe('a simulated adapter', () => {
  it.each<[string, SimulatedAdapterOptions]>([
    ['connect', { connect: -1 }],
    ['check.mean', { check: { kind: 'exponential', mean: 0 } }],
    ['close', { close: 'soon' as unknown as number }],
    ['capacity', { capacity: 0 }],
    ['seed', { seed: 0.5 }],
    ['seed', { seed: 1, random: Math.random }],
    ['options', null as unknown as SimulatedAdapterOptions],
  ])('refuses options that make no sense, by name: %s', (option, options) => {
    expect(thrownBy(() => simulatedAdapter(options))).toMatchObject({ name: 'InvalidOptionError', option })
  })
})

function thrownBy(fn: () => unknown): InvalidOptionError | undefined {
  try {
    fn()
    return undefined
  } catch (error) {
    return error as InvalidOptionError
  }
}
