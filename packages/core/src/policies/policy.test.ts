import { describe, expect, it, vi } from 'vitest'
import { TestResource } from '../../test/test-adapter.js'
import { follow, gatedOpens, type Outcome, record, slowOpens, testPool } from '../../test/test-pool.js'
import { virtualClock } from '../../test/virtual-clock.js'
import type { Lease } from '../acquire/lease.js'
import { OverloadedError } from '../errors/overloaded-error.js'
import { PoolPausedError } from '../errors/pool-paused-error.js'
import { createPool } from '../pool/create-pool.js'
import type { Pool } from '../pool/pool.js'
import type { PoolOptions } from '../pool/pool-options.js'
import {
  type Admission,
  type AdmitRequest,
  definePolicy,
  type IdleVerdict,
  type Policy,
  type PolicyHooks,
  type PolicyHost,
  type PolicySubject,
  type Verdict,
} from './policy.js'

type Hooks = PolicyHooks<TestResource>

const policy = (hooks: Hooks, name = 'test policy'): Policy<TestResource> => definePolicy({ name, ...hooks })

/** A policy that hands out its host. */
function hosted(hooks: Hooks = {}): { readonly host: PolicyHost; readonly policy: Policy<TestResource> } {
  let given: PolicyHost | undefined
  return {
    get host() {
      return given as PolicyHost
    },
    policy: definePolicy<TestResource>({
      name: 'hosted',
      attach(host) {
        given = host
        return hooks
      },
    }),
  }
}

/** An admission that a test changes as it goes. */
function gate(): { answer: Admission; asked: AdmitRequest[]; admit(request: AdmitRequest): Admission } {
  const state = {
    answer: 'admit' as Admission,
    asked: [] as AdmitRequest[],
    admit(request: AdmitRequest) {
      state.asked.push(request)
      return state.answer
    },
  }
  return state
}

const refused = new Error('refused')

describe('hooks are called', () => {
  it('in the order of a connection’s life, each when its documentation says so', async () => {
    const told: string[] = []
    const { pool, clock } = testPool(
      {
        idle: { timeout: 1_000 },
        policies: [
          policy({
            onConnecting: ({ connection, now }) => void told.push(`connecting ${connection.id} at ${now}`),
            onConnect: ({ connection, now }) => void told.push(`connect ${connection.id} at ${now}`),
            onAcquire: ({ connection, now }) => void told.push(`acquire ${connection.id} at ${now}`),
            onRelease: ({ connection, now }) => void told.push(`release ${connection.id} at ${now}`),
            onIdle: ({ connection, now }) => void told.push(`idle ${connection.id} at ${now}`),
            onDisconnect: ({ connection, reason, now }) => void told.push(`${reason} ${connection.id} at ${now}`),
          }),
        ],
      },
      (clock) => slowOpens(clock, 100),
    )
    void pool.warm(1)
    await clock.advance(200)
    const lease = await pool.acquire()
    await clock.advance(50)
    lease.release()
    await clock.advance(50)
    const again = await pool.acquire()
    await clock.advance(50)
    again.release()
    await clock.advance(2_000)
    expect(told).toEqual([
      'connecting 1 at 0',
      'connect 1 at 100',
      'idle 1 at 100',
      'acquire 1 at 200',
      'release 1 at 250',
      'idle 1 at 250',
      'acquire 1 at 300',
      'release 1 at 350',
      'idle 1 at 350',
      'idle 1 at 1350',
    ])
  })

  it('onAcquire before every lease, the first on a connection that was opened for it included', async () => {
    const asked: number[] = []
    const { pool, clock } = testPool({
      size: { max: 1 },
      policies: [policy({ onAcquire: ({ connection }) => void asked.push(connection.uses) })],
    })
    const lease = await pool.acquire()
    expect(asked).toEqual([0])
    const handedOn = follow(pool.acquire())
    lease.release()
    await clock.settle()
    expect(asked).toEqual([0, 1])
    handedOn.value.release()
    pool.tryAcquire()
    expect(asked).toEqual([0, 1, 2])
  })

  it('onRelease when the last of several leases has ended, not before', async () => {
    const released: number[] = []
    const { pool } = testPool(
      { policies: [policy({ onRelease: ({ connection }) => void released.push(connection.leases) })] },
      { capacity: () => 3 },
    )
    const leases = [await pool.acquire(), await pool.acquire()]
    leases[0]?.release()
    expect(released).toEqual([])
    leases[1]?.release()
    expect(released).toEqual([0])
  })

  it('onRelease before the reset, which a retirement spares', async () => {
    const told: string[] = []
    const { pool } = testPool(
      {
        policies: [
          policy({
            onRelease: ({ connection }) => {
              told.push('release')
              return connection.uses > 1 ? 'retire' : 'keep'
            },
          }),
        ],
      },
      { reset: () => void told.push('reset') },
    )
    for (let i = 0; i < 2; i++) await pool.use(() => {})
    expect(told).toEqual(['release', 'reset', 'release'])
    expect(pool.stats().closed.retired).toBe(1)
  })

  it('onIdle again whenever a connection comes to rest: after a lease, and after a check', async () => {
    const idle: number[] = []
    const { pool, clock } = testPool(
      {
        health: { onAcquire: false, every: 1_000 },
        policies: [policy({ onIdle: ({ now }) => void idle.push(now) })],
      },
      { check: async () => {} },
    )
    await pool.warm(1)
    await clock.advance(10)
    await pool.use(() => {})
    expect(idle).toEqual([0, 10])
    await clock.advance(2_000)
    expect(idle.length).toBeGreaterThanOrEqual(3)
  })

  it('onConnectError with the adapter’s error, and onDisconnect once for every onConnecting', async () => {
    const told: string[] = []
    const opens = gatedOpens()
    const { pool, clock } = testPool(
      {
        connect: { timeout: 1_000 },
        close: { timeout: 500 },
        policies: [
          policy({
            onConnecting: ({ connection }) => void told.push(`connecting ${connection.id}`),
            onConnectError: ({ connection, error }) =>
              void told.push(`error ${connection.id}: ${(error as Error).message}`),
            onDisconnect: ({ connection, reason }) => void told.push(`${reason} ${connection.id}`),
          }),
        ],
      },
      opens,
    )
    const [first, second] = [follow(pool.acquire()), follow(pool.acquire())]
    opens.calls[0]?.fail(refused)
    await clock.advance(1_500)
    expect([first.state, second.state]).toEqual(['rejected', 'rejected'])
    expect(told).toEqual([
      'connecting 1',
      'connecting 2',
      'error 1: refused',
      'connect-failed 1',
      expect.stringContaining('error 2: the open did not settle'),
      'abandoned 2',
    ])
  })

  it('onDisconnect for an open that a listener prevented', async () => {
    const told: string[] = []
    const { pool, clock } = testPool({
      policies: [
        policy({
          onConnecting: ({ connection }) => void told.push(`connecting ${connection.id}`),
          onDisconnect: ({ connection }) => void told.push(`closed ${connection.id}`),
        }),
      ],
    })
    pool.once('connecting', () => pool.pause())
    follow(pool.acquire())
    await clock.settle()
    expect(told).toEqual(['connecting 1', 'closed 1'])
  })

  it('onConnecting first; its listeners hear of the connection before it ends, and of each step in its order', async () => {
    const told: string[] = []
    const opened: Pool<TestResource>[] = []
    const { pool, clock } = testPool({
      policies: [policy({ onConnecting: () => void opened[0]?.close().catch(() => {}) })],
    })
    opened.push(pool)
    pool.on('connecting', ({ connection }) => {
      told.push(`connecting, ${connection.state}`)
      pool.destroy().catch(() => {})
    })
    pool.on('transition', ({ from, to }) => void told.push(`${from} → ${to}`))
    follow(pool.acquire())
    await clock.settle()
    expect(told).toEqual(['connecting, connecting', 'connecting → closing.pending', 'closing.pending → closed'])
  })

  it('with the same live view of a connection for its whole life', async () => {
    const views = new Set<unknown>()
    const see = ({ connection }: { connection: unknown }) => void views.add(connection)
    const { pool } = testPool({
      policies: [
        policy({ onConnecting: see, onConnect: see, onAcquire: see, onRelease: see, onIdle: see, onDisconnect: see }),
      ],
    })
    const lease = await pool.acquire()
    views.add(lease.connection)
    lease.release()
    ;(await pool.acquire()).destroy()
    expect(views.size).toBe(1)
  })

  it('detach once, when the pool has closed: of the policy and of what attach returned', async () => {
    const told: string[] = []
    const both = definePolicy<TestResource>({
      name: 'both',
      attach: (host) => ({ detach: () => void told.push(`attached, ${host.stats().state}`) }),
      detach: () => void told.push('own'),
    })
    const { pool, clock } = testPool({ policies: [both] })
    const lease = await pool.acquire()
    const closed = follow(pool.close())
    await clock.advance(100)
    expect(told).toEqual([])
    lease.release()
    await clock.settle()
    await pool.destroy()
    expect([closed.state, told]).toEqual(['fulfilled', ['own', 'attached, closed']])
  })

  it('with `this`: of a class, and of a class that attach returns', async () => {
    class Counting implements Policy<TestResource> {
      readonly name = 'counting'
      leases = 0
      inner: CountingHooks | undefined
      onAcquire() {
        this.leases++
        return 'keep' as const
      }
      attach() {
        this.inner = new CountingHooks()
        return this.inner
      }
    }
    class CountingHooks implements Hooks {
      releases = 0
      onRelease() {
        this.releases++
        return 'keep' as const
      }
    }
    const counting = new Counting()
    const { pool } = testPool({ policies: [counting] })
    await pool.warm(1)
    for (let i = 0; i < 3; i++) await pool.use(() => {})
    expect([counting.leases, counting.inner?.releases]).toEqual([3, 3])
  })
})

describe('attach', () => {
  it('is called once for each pool, which has a state of its own from it', async () => {
    const pools: string[] = []
    const limited = definePolicy({
      name: 'one lease of each pool',
      attach(host) {
        pools.push(host.pool)
        let leases = 0
        return { admit: ({ occasion }) => (occasion !== 'arrival' || leases++ === 0 ? 'admit' : 'reject') }
      },
    })
    const [a, b] = ['a', 'b'].map((name) => testPool({ name, policies: [limited] }).pool) as [
      Pool<TestResource>,
      Pool<TestResource>,
    ]
    expect(pools).toEqual(['a', 'b'])
    await expect(Promise.all([a.acquire(), b.acquire()])).resolves.toHaveLength(2)
    await expect(a.acquire()).rejects.toMatchObject({ code: 'ERR_POOL_OVERLOADED', pool: 'a' })
    expect(pools).toEqual(['a', 'b'])
  })

  it('may return nothing', async () => {
    const { pool } = testPool({ policies: [definePolicy({ name: 'idler', attach: () => undefined })] })
    await expect(pool.acquire()).resolves.toBeDefined()
  })

  it('gives a policy that is given twice two states', async () => {
    const seen: object[] = []
    const twice = definePolicy({ name: 'twice', attach: () => void seen.push({}) as undefined })
    testPool({ policies: [twice, twice] })
    expect(seen).toHaveLength(2)
  })

  it('may wake: nothing is opened before listeners could be added, and nothing while the pool starts paused', async () => {
    const waking = definePolicy({ name: 'waking', attach: (host) => void host.wake() as undefined })
    for (const start of ['ready', 'paused'] as const) {
      const { pool, clock } = testPool({ size: { min: 1 }, start, policies: [waking] })
      expect(pool.stats().size, start).toBe(0)
      const connecting = record(pool, 'connecting')
      await clock.settle()
      expect(connecting, start).toHaveLength(start === 'ready' ? 1 : 0)
    }
  })
})

describe('the host', () => {
  it('knows the pool’s name, numbers, time and chance', () => {
    const own = hosted()
    const clock = virtualClock(700)
    const { pool } = testPool({
      name: 'orders',
      size: { min: 2, max: 7 },
      clock,
      random: () => 0.25,
      policies: [own.policy],
    })
    expect(own.host.pool).toBe('orders')
    expect(own.host.stats()).toEqual(pool.stats())
    expect(own.host.stats()).toMatchObject({ min: 2, max: 7 })
    expect([own.host.now(), own.host.random()]).toEqual([700, 0.25])
  })

  it('knows since when the longest-waiting waits', async () => {
    const own = hosted()
    const { pool, clock } = testPool({ size: { max: 1 }, policies: [own.policy] })
    const lease = await pool.acquire()
    expect(own.host.waitingSince()).toBeUndefined()
    await clock.advance(30)
    follow(pool.acquire({ priority: -1 }))
    await clock.advance(30)
    const next = follow(pool.acquire({ priority: 1 }))
    expect(own.host.waitingSince()).toBe(30)
    lease.release()
    await clock.settle()
    expect(own.host.waitingSince()).toBe(30)
    next.value.release()
    await clock.settle()
    expect(own.host.waitingSince()).toBeUndefined()
  })

  describe('evict', () => {
    it('retires an idle connection, whose room is free then', async () => {
      const own = hosted()
      const { pool } = testPool({ policies: [own.policy] })
      const retirements = record(pool, 'retire')
      const lease = await pool.acquire()
      const { connection, resource } = lease
      lease.release()
      expect(own.host.evict(connection)).toBe(true)
      expect([pool.stats().size, resource.closes]).toEqual([0, 1])
      expect(retirements.map(({ event }) => event.reason)).toEqual(['surplus'])
      expect(own.host.evict(connection)).toBe(false)
    })

    it('refuses one that is leased, checked, or gone', async () => {
      const own = hosted()
      const { pool, clock } = testPool(
        { policies: [own.policy], health: { after: 0 } },
        { check: () => new Promise<void>(() => {}) },
      )
      const lease = await pool.acquire()
      const { connection } = lease
      expect(own.host.evict(connection)).toBe(false)
      lease.release()
      await clock.advance(100)
      follow(pool.acquire())
      expect(connection.state).toBe('idle.checking')
      expect(own.host.evict(connection)).toBe(false)
      await pool.destroy()
      expect(own.host.evict(connection)).toBe(false)
    })

    it('refuses one that size.min or size.minSpare keeps', async () => {
      for (const size of [{ min: 2 }, { minSpare: 2 }]) {
        const own = hosted()
        const { pool, clock } = testPool({ size, policies: [own.policy] })
        const leases = await Promise.all([pool.acquire(), pool.acquire(), pool.acquire()])
        await clock.settle()
        for (const lease of leases) lease.release()
        for (const { connection } of leases) own.host.evict(connection)
        expect(pool.stats().idle, JSON.stringify(size)).toBe(2)
        await clock.advance(1_000)
        expect(pool.stats().opened).toBe('min' in size ? 3 : 5)
      }
    })

    it('refuses a connection of another pool, and a snapshot', async () => {
      const own = hosted()
      const { pool } = testPool({ policies: [own.policy] })
      const other = testPool()
      ;(await pool.acquire()).release()
      const lease = await other.pool.acquire()
      lease.release()
      expect(own.host.evict(lease.connection)).toBe(false)
      for (const snapshot of pool.connections()) expect(own.host.evict(snapshot)).toBe(false)
      expect([pool.stats().idle, other.pool.stats().idle]).toEqual([1, 1])
    })

    it('may be called from within the connection’s own onIdle', async () => {
      const own = hosted({
        onIdle({ connection }) {
          own.host.evict(connection)
          return { lookAgain: 50 }
        },
      })
      const { pool, clock } = testPool({ policies: [own.policy] })
      ;(await pool.acquire()).release()
      await clock.settle()
      expect(pool.stats()).toMatchObject({ size: 0, closed: { surplus: 1 } })
      await pool.close()
      expect(clock.pending).toBe(0)
    })
  })
})

describe('verdicts', () => {
  it.each<[keyof Hooks, number]>([
    ['onConnect', 1],
    ['onAcquire', 1],
    ['onRelease', 1],
    ['onIdle', 1],
  ])('%s retires a connection for the reason and in the words it gives', async (hook) => {
    let times = 0
    const verdict: Verdict = { verdict: 'retire', reason: 'stale', detail: 'yesterday’s' }
    const { pool, clock } = testPool({
      connect: { retry: true },
      policies: [policy({ [hook]: () => (++times === 1 ? verdict : 'keep') })],
    })
    const retirements = record(pool, 'retire', 'disconnect')
    void pool.warm(1).catch(() => {})
    await clock.settle()
    const lease = follow(pool.acquire())
    await clock.advance(1_000)
    lease.value.release()
    await clock.advance(1_000)
    expect(retirements[0]?.event).toMatchObject({ reason: 'stale', detail: 'yesterday’s', connection: { id: 1 } })
    expect(retirements[1]?.event).toMatchObject({ reason: 'stale', connection: { id: 1 } })
    expect(pool.stats().closed.stale).toBe(1)
  })

  it('a plain retirement has the reason `retired`', async () => {
    const { pool } = testPool({ policies: [policy({ onRelease: () => 'retire' })] })
    const retirements = record(pool, 'retire')
    ;(await pool.acquire()).release()
    expect(retirements.map(({ event }) => event.reason)).toEqual(['retired'])
  })

  it('the severest of several wins, whatever their order: retire, then check, then keep', async () => {
    const verdicts: (Verdict | undefined)[] = ['keep', 'check', undefined, 'retire']
    for (const order of [verdicts, [...verdicts].reverse()]) {
      let checks = 0
      const { pool } = testPool(
        { policies: order.map((verdict, i) => policy({ onRelease: () => verdict }, `policy ${i}`)) },
        { check: async () => void checks++ },
      )
      ;(await pool.acquire()).release()
      expect(pool.stats()).toMatchObject({ size: 0, closed: { retired: 1 } })
      expect(checks).toBe(0)
    }
  })

  it('every policy is asked, whatever those before it said', async () => {
    const asked: string[] = []
    const say = (name: string, verdict: Verdict) =>
      policy(
        {
          onRelease: () => {
            asked.push(name)
            return verdict
          },
        },
        name,
      )
    const { pool } = testPool({ policies: [say('a', 'retire'), say('b', 'keep'), say('c', 'check')] })
    ;(await pool.acquire()).release()
    expect(asked).toEqual(['a', 'b', 'c'])
  })

  it.each<keyof Hooks>(['onConnect', 'onRelease', 'onIdle'])(
    'a check that %s wants comes before the connection is lent again, once',
    async (hook) => {
      const checks: number[] = []
      const { pool, clock } = testPool(
        {
          size: { max: 1 },
          health: { onAcquire: false },
          policies: [policy({ [hook]: ({ connection }: PolicySubject) => (connection.uses < 2 ? 'check' : 'keep') })],
        },
        (clock) => ({
          check: async ({ id }) => {
            checks.push(id)
            await new Promise<void>((resolve) => clock.setTimeout(resolve, 5))
          },
        }),
      )
      const first = follow(pool.acquire())
      await clock.advance(10)
      expect(first.state).toBe('fulfilled')
      const before = checks.length
      first.value.release()
      const second = follow(pool.acquire())
      await clock.advance(10)
      expect(second.state).toBe('fulfilled')
      expect(checks.length - before).toBe(hook === 'onConnect' ? 0 : 1)
      second.value.release()
      await clock.advance(1_000)
      const third = follow(pool.acquire())
      await clock.settle()
      expect(third.state).toBe('fulfilled')
      expect(third.value.connection.id).toBe(1)
    },
  )

  it('a check that a policy wants is made while nobody else can have the connection (invariant 1)', async () => {
    const { pool, clock } = testPool(
      { size: { max: 1 }, policies: [policy({ onRelease: () => 'check' })] },
      (clock) => ({ check: () => new Promise<void>((resolve) => clock.setTimeout(resolve, 50)) }),
    )
    ;(await pool.acquire()).release()
    const waiting = follow(pool.acquire())
    expect(pool.tryAcquire()).toBeUndefined()
    await clock.advance(49)
    expect(waiting.state).toBe('pending')
    await clock.advance(1)
    expect(waiting.state).toBe('fulfilled')
  })

  it('a connection that fails the check a policy wanted is never lent again (invariant 8)', async () => {
    const { pool, clock } = testPool(
      { policies: [policy({ onIdle: () => 'check' })] },
      { check: () => Promise.reject(new Error('dead')) },
    )
    ;(await pool.acquire()).release()
    const next = follow(pool.acquire())
    await clock.advance(1_000)
    expect(next.value.connection.id).toBe(2)
    expect(pool.stats().closed.unhealthy).toBe(1)
  })

  it('a check is not made where the adapter cannot: the connection is lent', async () => {
    const check = () => 'check' as const
    const { pool } = testPool({
      size: { max: 1 },
      policies: [policy({ onConnect: check, onAcquire: check, onRelease: check, onIdle: check })],
    })
    for (let i = 0; i < 3; i++) await pool.use(() => {})
    expect(pool.stats()).toMatchObject({ acquired: 3, idle: 1, opened: 1 })
  })

  it('one that retires all that is opened does not make the pool open without end', async () => {
    const { pool, clock, adapter } = testPool({
      size: { min: 1 },
      connect: { backoff: { jitter: 0 }, retry: true },
      policies: [policy({ onConnect: () => 'retire' })],
    })
    follow(pool.acquire())
    await clock.advance(1_000)
    expect(adapter.resources.length).toBeGreaterThan(1)
    expect(adapter.resources.length).toBeLessThan(12)
    expect(adapter.openCount).toBe(0)
    await pool.destroy()
  })

  it.each<[string, boolean, (host: () => PolicyHost) => Hooks]>([
    ['retires all that comes to rest', false, () => ({ onIdle: () => 'retire' })],
    ['retires all that is about to be lent', true, () => ({ onAcquire: () => 'retire' })],
    ['evicts all that comes to rest', false, (host) => ({ onIdle: ({ connection }) => void host().evict(connection) })],
  ])('one that %s unused does not make the pool open without end', async (_, isWanted, hooks) => {
    const own = hosted(hooks(() => own.host))
    let opens = 0
    const { pool, clock } = testPool(
      { size: { min: 1 }, connect: { backoff: { jitter: 0 }, retry: true }, policies: [own.policy] },
      {
        open: async ({ connectionId }) => {
          if (++opens > 300) throw refused
          return new TestResource(connectionId)
        },
      },
    )
    if (isWanted) follow(pool.acquire())
    await clock.advance(1_000)
    expect(opens).toBeLessThan(12)
    await pool.destroy()
  })

  it('a check that onAcquire wants of a connection that others are using comes when they have gone', async () => {
    let asked = 0
    const { pool, clock } = testPool(
      {
        size: { max: 1 },
        policies: [
          policy({
            onAcquire({ connection }) {
              if (++asked > 1_000) throw new Error('asked without end')
              return connection.uses > 0 ? 'check' : 'keep'
            },
          }),
        ],
      },
      { capacity: () => 3, check: async () => {} },
    )
    const first = await pool.acquire()
    await clock.advance(1_000)
    const second = follow(pool.acquire())
    await clock.settle()
    expect(asked).toBeLessThan(10)
    first.release()
    await clock.settle()
    expect(second.state).toBe('fulfilled')
  })

  it('one that retires all that is about to be lent does not make the pool go round without end', async () => {
    const { pool, clock, adapter } = testPool({
      policies: [policy({ onAcquire: ({ connection }) => (connection.uses > 0 ? 'retire' : 'keep') })],
    })
    for (let i = 0; i < 5; i++) (await pool.acquire()).release()
    await clock.settle()
    expect(pool.stats()).toMatchObject({ opened: 5, closed: { retired: 4 } })
    expect(adapter.openCount).toBe(1)
  })
})

describe('onIdle', () => {
  it('is asked again at the moment it named, as often as it names one', async () => {
    const asked: number[] = []
    const { pool, clock } = testPool({
      policies: [
        policy({
          onIdle({ now }) {
            asked.push(now)
            return asked.length < 4 ? { lookAgain: now + 100 } : 'retire'
          },
        }),
      ],
    })
    ;(await pool.acquire()).release()
    await clock.advance(1_000)
    expect(asked).toEqual([0, 100, 200, 300])
    expect(pool.stats()).toMatchObject({ size: 0, closed: { retired: 1 } })
  })

  it('is asked at the earliest of the moments that several named', async () => {
    const asked: number[] = []
    const look = (ms: number): Hooks => ({ onIdle: ({ now }): IdleVerdict => (now === 0 ? { lookAgain: ms } : 'keep') })
    const { pool, clock } = testPool({
      policies: [policy(look(300)), policy({ onIdle: ({ now }) => void asked.push(now) }), policy(look(200))],
    })
    ;(await pool.acquire()).release()
    await clock.advance(1_000)
    expect(asked[1]).toBe(200)
  })

  it('is not asked at the moment it named when the connection has been lent meanwhile, but when it rests again', async () => {
    const asked: number[] = []
    const { pool, clock } = testPool({
      policies: [
        policy({
          onIdle({ now }) {
            asked.push(now)
            return { lookAgain: now + 100 }
          },
        }),
      ],
    })
    ;(await pool.acquire()).release()
    await clock.advance(50)
    const lease = await pool.acquire()
    await clock.advance(100)
    expect(asked).toEqual([0])
    lease.release()
    await clock.advance(120)
    expect(asked).toEqual([0, 150, 250])
  })

  it('may look again in the past without stopping time', async () => {
    let asked = 0
    const { pool, clock } = testPool({
      policies: [
        policy({
          onIdle({ now }) {
            if (++asked > 1_000) throw new Error('asked without end')
            return { lookAgain: now - 5 }
          },
        }),
      ],
    })
    ;(await pool.acquire()).release()
    await clock.advance(50)
    expect(asked).toBeLessThanOrEqual(52)
    await pool.destroy()
  })

  it('leaves no timer when the connection has gone (invariant 7)', async () => {
    const { pool, clock } = testPool({
      idle: { timeout: Number.POSITIVE_INFINITY },
      policies: [policy({ onIdle: ({ now }) => ({ lookAgain: now + 10_000 }) })],
    })
    ;(await pool.acquire()).release()
    await clock.advance(10)
    pool.flush()
    await clock.advance(10)
    expect([pool.stats().size, clock.pending]).toEqual([0, 0])
  })

  it('names a moment together with a check', async () => {
    const asked: number[] = []
    let checks = 0
    const { pool, clock } = testPool(
      {
        health: { onAcquire: false },
        policies: [
          policy({
            onIdle({ now }): IdleVerdict {
              asked.push(now)
              return asked.length === 1 ? { verdict: 'check', lookAgain: now + 100 } : 'keep'
            },
          }),
        ],
      },
      { check: async () => void checks++ },
    )
    ;(await pool.acquire()).release()
    await clock.advance(200)
    expect(asked[0]).toBe(0)
    expect(asked).toContain(100)
    await pool.acquire()
    expect(checks).toBe(1)
  })
})

describe('admit', () => {
  it('rejects with OverloadedError, or with the error it gives', async () => {
    const reason = new Error('too many tenants')
    const own = new PoolPausedError('elsewhere')
    const answers: Admission[] = ['reject', { verdict: 'reject', error: reason }, { verdict: 'reject', error: own }]
    const state = gate()
    const { pool } = testPool({ policies: [policy({ admit: state.admit })] })
    const errors: unknown[] = []
    for (const answer of answers) {
      state.answer = answer
      errors.push(await pool.acquire().catch((error: unknown) => error))
    }
    expect(errors[0]).toBeInstanceOf(OverloadedError)
    expect(errors[1]).toBeInstanceOf(OverloadedError)
    expect((errors[1] as Error).cause).toBe(reason)
    expect((errors[1] as Error).message).toContain('too many tenants')
    expect(errors[2]).toBe(own)
  })

  it('is stricter the more policies there are: reject, then wait, then admit', async () => {
    const [a, b] = [gate(), gate()]
    const { pool } = testPool({ policies: [policy({ admit: a.admit }), policy({ admit: b.admit })] })
    await pool.warm(1)
    const outcomes: string[] = []
    for (const answers of [
      ['admit', 'wait'],
      ['wait', 'admit'],
      ['wait', 'reject'],
      ['reject', 'admit'],
      ['admit', 'admit'],
    ] as [Admission, Admission][]) {
      ;[a.answer, b.answer] = answers
      const controller = new AbortController()
      const outcome = follow(pool.acquire({ signal: controller.signal }))
      await Promise.resolve()
      outcomes.push(outcome.state)
      controller.abort()
      outcome.value?.release()
    }
    expect(outcomes).toEqual(['pending', 'pending', 'rejected', 'rejected', 'fulfilled'])
  })

  it('keeps an acquire waiting, with a connection idle, until wake() is called (invariant 4)', async () => {
    const state = gate()
    const own = hosted({ admit: state.admit })
    const { pool, clock } = testPool({ size: { max: 1 }, policies: [own.policy] })
    await pool.warm(1)
    state.answer = 'wait'
    const waiting = follow(pool.acquire())
    await clock.advance(1_000)
    expect(waiting.state).toBe('pending')
    own.host.wake()
    await clock.settle()
    expect(waiting.state).toBe('pending')
    state.answer = 'admit'
    await clock.advance(1_000)
    expect(waiting.state, 'the pool never polls').toBe('pending')
    own.host.wake()
    await clock.settle()
    expect(waiting.state).toBe('fulfilled')
  })

  it('is asked again at the moment of wake(at): not before, and at the earliest of several', async () => {
    const state = gate()
    const own = hosted({ admit: state.admit })
    const { pool, clock } = testPool({ size: { max: 1 }, policies: [own.policy] })
    await pool.warm(1)
    state.answer = 'wait'
    const waiting = follow(pool.acquire())
    own.host.wake(900)
    own.host.wake(500)
    own.host.wake(700)
    state.answer = 'admit'
    await clock.advance(499)
    expect(waiting.state).toBe('pending')
    await clock.advance(1)
    expect(waiting.state).toBe('fulfilled')
  })

  it('of one policy is asked again when it said, though another one said an earlier moment', async () => {
    const until = (at: number) =>
      definePolicy<TestResource>({
        name: `until ${at}`,
        attach(host) {
          let told = false
          return {
            admit({ now }) {
              if (now >= at) return 'admit'
              if (!told) host.wake(at)
              told = true
              return 'wait'
            },
          }
        },
      })
    const { pool, clock } = testPool({ size: { max: 1 }, policies: [until(300), until(100)] })
    await pool.warm(1)
    const waiting = follow(pool.acquire())
    await clock.advance(299)
    expect(waiting.state).toBe('pending')
    await clock.advance(1)
    expect(waiting.state).toBe('fulfilled')
  })

  it('can reject who waits when it is woken', async () => {
    const state = gate()
    const own = hosted({ admit: state.admit })
    const { pool, clock } = testPool({ size: { max: 1 }, policies: [own.policy] })
    await pool.warm(1)
    state.answer = 'wait'
    const failures = record(pool, 'acquireError')
    const waiting = [follow(pool.acquire()), follow(pool.acquire())]
    await clock.advance(40)
    state.answer = 'reject'
    own.host.wake()
    await clock.settle()
    expect(waiting.map(({ error }) => (error as OverloadedError).code)).toEqual([
      'ERR_POOL_OVERLOADED',
      'ERR_POOL_OVERLOADED',
    ])
    expect(failures.map(({ event }) => [event.reason, event.waited])).toEqual([
      ['overloaded', 40],
      ['overloaded', 40],
    ])
  })

  it('leaves who waits its deadline and its signal (invariant 3)', async () => {
    const state = gate()
    const { pool, clock } = testPool({ acquire: { timeout: 100 }, policies: [policy({ admit: state.admit })] })
    await pool.warm(1)
    state.answer = 'wait'
    const controller = new AbortController()
    const late = follow(pool.acquire())
    const aborted = follow(pool.acquire({ signal: controller.signal }))
    controller.abort()
    await clock.advance(100)
    expect([late.error, aborted.error]).toEqual([
      expect.objectContaining({ code: 'ERR_POOL_ACQUIRE_TIMEOUT' }),
      expect.objectContaining({ code: 'ERR_POOL_ACQUIRE_ABORTED' }),
    ])
  })

  it('grants nothing to a tryAcquire that it lets wait or rejects', async () => {
    const state = gate()
    const { pool } = testPool({ policies: [policy({ admit: state.admit })] })
    await pool.warm(1)
    for (const answer of ['wait', 'reject', { verdict: 'reject', error: refused }] as Admission[]) {
      state.answer = answer
      expect(pool.tryAcquire()).toBeUndefined()
    }
    state.answer = 'admit'
    expect(pool.tryAcquire()).toBeDefined()
    expect(state.asked.every(({ occasion, waiting }) => occasion === 'arrival' && waiting === 0)).toBe(true)
  })

  it('is told how long an acquire has waited, among how many, of which priority and client, and on what occasion', async () => {
    const state = gate()
    const own = hosted({ admit: state.admit })
    const { pool, clock } = testPool({ size: { max: 1 }, policies: [own.policy] })
    const lease = await pool.acquire()
    await clock.advance(10)
    follow(pool.acquire({ priority: 2, client: 'c' }))
    follow(pool.acquire({ priority: 2, client: 'd' }))
    await clock.advance(30)
    own.host.wake()
    lease.release()
    await clock.settle()
    expect(state.asked).toEqual([
      { occasion: 'arrival', priority: 0, client: undefined, waited: 0, waiting: 0, now: 0 },
      expect.objectContaining({ occasion: 'turn', priority: 0, waiting: 1, now: 0 }),
      { occasion: 'arrival', priority: 2, client: 'c', waited: 0, waiting: 0, now: 10 },
      { occasion: 'arrival', priority: 2, client: 'd', waited: 0, waiting: 1, now: 10 },
      { occasion: 'wake', priority: 2, client: 'c', waited: 30, waiting: 2, now: 40 },
      { occasion: 'turn', priority: 2, client: 'c', waited: 30, waiting: 2, now: 40 },
    ])
  })

  it('opens nothing for those it lets wait while connections are idle', async () => {
    const state = gate()
    for (const growth of ['elastic', 'eager'] as const) {
      state.answer = 'admit'
      const { pool, clock } = testPool({ connect: { growth }, policies: [policy({ admit: state.admit })] }, (clock) =>
        slowOpens(clock, 50),
      )
      void pool.warm(1)
      await clock.advance(50)
      state.answer = 'wait'
      follow(pool.acquire())
      await clock.advance(20_000)
      expect(pool.stats(), growth).toMatchObject({ opened: 1, idle: 1, waiting: 1 })
      await pool.destroy()
    }
  })
})

describe('mayOpen', () => {
  it('keeps an open from beginning until wake() is called', async () => {
    const state = { answer: 'wait' as Admission }
    const own = hosted({ mayOpen: () => state.answer })
    const opens = gatedOpens()
    const { pool, clock } = testPool({ policies: [own.policy] }, opens)
    const waiting = follow(pool.acquire())
    await clock.advance(1_000)
    expect([opens.calls.length, waiting.state]).toEqual([0, 'pending'])
    state.answer = 'admit'
    own.host.wake()
    expect(opens.calls).toHaveLength(1)
    opens.calls[0]?.succeed()
    await clock.settle()
    expect(waiting.state).toBe('fulfilled')
  })

  it('is told what is open, opening and waiting', async () => {
    const asked: unknown[] = []
    const opens = gatedOpens()
    const { pool, clock } = testPool(
      {
        policies: [
          policy({
            mayOpen(request) {
              asked.push(request)
              return 'admit'
            },
          }),
        ],
      },
      opens,
    )
    await clock.advance(5)
    follow(pool.acquire())
    follow(pool.acquire())
    expect(asked).toEqual([
      { size: 0, connecting: 0, waiting: 1, now: 5 },
      { size: 1, connecting: 1, waiting: 2, now: 5 },
    ])
  })

  it('fails those whom nothing open can serve when it rejects, with the error it gives', async () => {
    const error = new Error('budget spent')
    const { pool } = testPool({ policies: [policy({ mayOpen: () => ({ verdict: 'reject', error }) })] })
    const failures = record(pool, 'acquireError')
    await expect(pool.acquire()).rejects.toMatchObject({ code: 'ERR_POOL_OVERLOADED', cause: error })
    expect(failures[0]?.event.reason).toBe('overloaded')
    await expect(pool.warm(1)).rejects.toMatchObject({ code: 'ERR_POOL_OVERLOADED' })
  })

  it('leaves those alone whom something leased can serve', async () => {
    let answer: Admission = 'admit'
    const { pool, clock } = testPool({ connect: { growth: 'eager' }, policies: [policy({ mayOpen: () => answer })] })
    const lease = await pool.acquire()
    answer = 'reject'
    const waiting = follow(pool.acquire())
    await clock.advance(100)
    expect(waiting.state).toBe('pending')
    lease.release()
    await clock.settle()
    expect(waiting.state).toBe('fulfilled')
  })

  it('keeps waiters whatever it rejects with connect.retry', async () => {
    const state = { answer: 'reject' as Admission }
    const own = hosted({ mayOpen: () => state.answer })
    const { pool, clock } = testPool({ connect: { retry: true }, policies: [own.policy] })
    const waiting = follow(pool.acquire())
    await clock.advance(1_000)
    expect(waiting.state).toBe('pending')
    state.answer = 'admit'
    own.host.wake()
    await clock.settle()
    expect(waiting.state).toBe('fulfilled')
  })

  it('holds back the opens of size.min, size.minSpare and warm too', async () => {
    const state = { answer: 'wait' as Admission }
    const own = hosted({ mayOpen: () => state.answer })
    const { pool, clock } = testPool({ size: { min: 2, minSpare: 1 }, policies: [own.policy] })
    follow(pool.warm(2))
    await clock.advance(1_000)
    expect(pool.stats().size).toBe(0)
    state.answer = 'admit'
    own.host.wake()
    await clock.settle()
    expect(pool.stats().idle).toBe(2)
  })
})

describe('a policy that throws (invariant 12)', () => {
  const thrown = new Error('a bug of theirs')
  const fail = () => {
    throw thrown
  }

  it.each<keyof Hooks>([
    ...(['onConnect', 'onAcquire', 'onRelease', 'onIdle', 'admit', 'mayOpen'] as const),
    ...(['onConnecting', 'onConnectError', 'onDisconnect', 'detach'] as const),
  ])('in %s changes nothing, and is told in `error`', async (hook) => {
    const trace = async (hooks: Hooks) => {
      let opens = 0
      const { pool, clock } = testPool(
        { size: { max: 2 }, idle: { timeout: 500 }, connect: { retry: true }, policies: [policy(hooks)] },
        {
          open: async () => {
            if (++opens === 2) throw refused
            return new TestResource(opens)
          },
        },
      )
      const errors = record(pool, 'error')
      const heard = record(pool, 'transition', 'acquire', 'release', 'disconnect', 'connectError')
      const leases = [follow(pool.acquire()), follow(pool.acquire()), follow(pool.acquire())]
      await clock.advance(200)
      for (const { value } of leases) value?.release()
      await clock.settle()
      leases[2]?.value.release()
      await clock.advance(1_000)
      await pool.close()
      const said = heard.map(({ name, event }) => ({ name, ...event, connection: event.connection.id }))
      return { said, errors: errors.map(({ event }) => [event.source, event.error]) }
    }
    const harmless = await trace({ [hook]: () => undefined })
    const failing = await trace({ [hook]: fail })
    expect(failing.said).toEqual(harmless.said)
    expect(failing.errors.length).toBeGreaterThan(0)
    expect(new Set(failing.errors.map(([source]) => source))).toEqual(new Set(['policy']))
    expect(failing.errors.every(([, error]) => error === thrown)).toBe(true)
    expect(harmless.errors).toEqual([])
  })

  it('does not keep the others from being asked', async () => {
    const { pool } = testPool({ policies: [policy({ onRelease: fail }), policy({ onRelease: () => 'retire' })] })
    record(pool, 'error')
    ;(await pool.acquire()).release()
    expect(pool.stats().closed.retired).toBe(1)
  })

  it('warns once per pool when nobody listens for errors', async () => {
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    try {
      const { pool } = testPool({ policies: [policy({ onRelease: fail })] })
      for (let i = 0; i < 3; i++) (await pool.acquire()).release()
      expect(warned).toHaveBeenCalledTimes(1)
    } finally {
      warned.mockRestore()
    }
  })
})

/** What JavaScript lets a policy answer, though its type does not. */
describe('an answer that makes no sense (invariant 12)', () => {
  const nonsense: [string, unknown][] = [
    ['null', null],
    ['true', true],
    ['a number', 7],
    ['an unknown word', 'perhaps'],
    ['an empty object', {}],
    ['a rejection without an error', { verdict: 'reject' }],
    ['a rejection with a text', { verdict: 'reject', error: 'no' }],
    ['a promise, of an async hook', Promise.resolve('admit')],
  ]

  it.each(nonsense)('admit: %s never falls into acquire, tryAcquire or release', async (_, answer) => {
    let strange = false
    const { pool, clock } = testPool({
      size: { max: 1 },
      acquire: { timeout: 100 },
      policies: [policy({ admit: () => (strange ? (answer as Admission) : 'admit') })],
    })
    record(pool, 'error')
    const lease = await pool.acquire()
    const waiting = follow(pool.acquire())
    strange = true
    expect(() => lease.release()).not.toThrow()
    const arriving = follow(pool.acquire())
    expect(() => pool.tryAcquire()).not.toThrow()
    await clock.advance(100)
    strange = false
    for (const { value } of [waiting, arriving]) value?.release()
    await clock.advance(100)
    expect([waiting.state, arriving.state]).not.toContain('pending')
    const closed = follow(pool.close())
    await clock.settle()
    expect([closed.state, pool.stats().size]).toEqual(['fulfilled', 0])
  })

  it.each(nonsense)('mayOpen: %s never falls into acquire', async (_, answer) => {
    const { pool, clock } = testPool({
      acquire: { timeout: 100 },
      policies: [policy({ mayOpen: () => answer as Admission })],
    })
    record(pool, 'error')
    let outcome: Outcome<Lease<TestResource>> | undefined
    expect(() => {
      outcome = follow(pool.acquire())
    }).not.toThrow()
    await clock.advance(100)
    expect(outcome?.state).not.toBe('pending')
  })

  it.each(nonsense)('onRelease: a connection is not thrown away for %s', async (_, answer) => {
    const { pool } = testPool({ policies: [policy({ onRelease: () => answer as Verdict })] })
    record(pool, 'error')
    const lease = await pool.acquire()
    expect(() => lease.release()).not.toThrow()
    expect(pool.stats()).toMatchObject({ size: 1, idle: 1 })
  })
})

describe('re-entrance', () => {
  type Act = (pool: Pool<TestResource>, mine: Outcome<Lease<TestResource>>[], host: PolicyHost) => void
  const actions: Record<string, Act> = {
    acquire: (pool, mine) => void mine.push(follow(pool.acquire({ timeout: 500 }))),
    'acquire fresh': (pool, mine) => void mine.push(follow(pool.acquire({ timeout: 500, fresh: true }))),
    'acquire urgently': (pool, mine) => void mine.push(follow(pool.acquire({ timeout: 500, priority: 1 }))),
    tryAcquire: (pool) => pool.tryAcquire()?.release(),
    'release all': (_, mine) => {
      for (const { value } of mine) value?.release()
    },
    'destroy all leases': (_, mine) => {
      for (const { value } of mine) value?.destroy()
    },
    'abort all': () => {},
    wake: (_, __, host) => host.wake(),
    flush: (pool) => pool.flush(),
    'flush now': (pool) => pool.flush({ leased: 'now' }),
    pause: (pool) => pool.pause(),
    'pause refusing': (pool) => pool.pause({ waiters: 'reject' }),
    'pause and resume': (pool) => {
      pool.pause()
      pool.resume()
    },
    'resize down and up': (pool) => {
      if (['closing', 'closed'].includes(pool.stats().state)) return
      pool.resize({ min: 0, max: 1 })
      pool.resize({ min: 1, max: 3 })
    },
    warm: (pool) => void follow(pool.warm(2)),
    close: (pool) => void pool.close({ timeout: 100 }),
    'close serving': (pool) => void pool.close({ timeout: 100, waiters: 'serve' }),
    destroy: (pool) => void pool.destroy(),
  }
  const hooks = [
    ...(['onConnect', 'onAcquire', 'onRelease', 'onIdle', 'admit', 'mayOpen'] as const),
    ...(['onConnecting', 'onConnectError', 'onDisconnect', 'detach'] as const),
  ]
  const answers: Partial<Record<keyof Hooks, string[]>> = {
    onConnect: ['keep', 'check', 'retire'],
    onAcquire: ['keep', 'check', 'retire'],
    onRelease: ['keep', 'check', 'retire'],
    onIdle: ['keep', 'check', 'retire'],
    admit: ['admit', 'wait', 'reject'],
    mayOpen: ['admit', 'wait', 'reject'],
  }

  /** A pool through whose life each hook comes up; the hook acts on the pool, and then answers. */
  async function live(hook: keyof Hooks, answer: string | undefined, act: Act, options: PoolOptions) {
    const opened: TestResource[] = []
    const watched = { on: 0, off: 0 }
    const mine: Outcome<Lease<TestResource>>[] = []
    let times = 0
    let within = false
    let stopped = false
    const own = hosted({
      [hook]: () => {
        if (within || stopped) return undefined
        if (++times > 60) return undefined
        within = true
        try {
          act(made.pool, mine, own.host)
        } finally {
          within = false
        }
        return times % 3 === 0 ? answer : undefined
      },
    } as Hooks)
    let opens = 0
    const made = testPool(
      {
        size: { min: 1, max: 3 },
        acquire: { timeout: 300 },
        idle: { timeout: 1_000 },
        lifetime: { maxUses: 4 },
        connect: { growth: 'eager', retry: true },
        ...options,
        policies: [own.policy],
      },
      (clock) => {
        const later = (ms: number) => new Promise<void>((resolve) => clock.setTimeout(resolve, ms))
        return {
          async open() {
            const id = ++opens
            await later(10)
            if (id === 3) throw refused
            const resource = new TestResource(id)
            opened.push(resource)
            return resource
          },
          async close(resource) {
            resource.closes++
            await later(20)
          },
          destroy(resource) {
            resource.destroys++
          },
          check: () => later(5),
          watch(resource, signals) {
            watched.on++
            resource.signals = signals
            return () => void watched.off++
          },
        }
      },
    )
    const { pool, clock } = made
    const errors = record(pool, 'error')
    const acquire = () => {
      const outcome = follow(pool.acquire())
      mine.push(outcome)
      return outcome
    }
    const [first, second] = [acquire(), acquire(), acquire()]
    await clock.advance(50)
    first.value?.release()
    second.value?.retire()
    await clock.advance(50)
    acquire()
    opened.at(-1)?.lose()
    await clock.advance(150)
    for (const { value } of mine) value?.[Symbol.dispose]()
    await clock.advance(600)
    for (let i = 0; i < 8; i++) follow(pool.use(() => {}))
    await clock.advance(100)
    stopped = true
    pool.resume()
    own.host.wake()
    const { state } = pool.stats()
    if (state === 'running') {
      const probe = follow(pool.acquire({ timeout: 9_000 }))
      for (let i = 0; i < 20; i++) {
        for (const { value } of mine) value?.[Symbol.dispose]()
        await clock.advance(i < 10 ? 40 : 600)
      }
      expect(probe.state, 'the pool serves after all').toBe('fulfilled')
      probe.value.release()
    }
    const states = new Map<string, number>()
    for (const connection of pool.connections()) {
      const [name] = connection.state.split('.') as [string]
      states.set(name, (states.get(name) ?? 0) + 1)
    }
    const { connecting, connected, idle, closing, size } = pool.stats()
    const counted = ['connecting', 'connected', 'idle', 'closing'].map((name) => states.get(name) ?? 0)
    expect([connecting, connected, idle, closing], 'invariant 10').toEqual(counted)
    expect(size).toBe(connecting + connected + idle + closing)
    for (const { value } of mine) value?.[Symbol.dispose]()
    const closed = follow(pool.close({ timeout: 200 }))
    await clock.advance(6_000)
    expect(closed.state, 'invariant 7').toBe('fulfilled')
    expect(pool.stats()).toMatchObject({ size: 0, waiting: 0, leases: 0 })
    expect(watched.on, 'watchers left').toBe(watched.off)
    for (const resource of opened) expect(resource.closes + resource.destroys, 'invariant 6').toBeGreaterThan(0)
    expect(
      mine.filter(({ state }) => state === 'pending'),
      'invariant 3',
    ).toEqual([])
    expect(clock.pending, 'timers left').toBe(0)
    expect(errors.map(({ event }) => event.error)).toEqual([])
    return times
  }

  describe.each(hooks)('from within %s', (hook) => {
    it.each(Object.keys(actions))('%s leaves the pool whole', async (name) => {
      for (const answer of answers[hook] ?? [undefined]) {
        for (const options of [{}, { acquire: { timeout: 300, perClient: { max: 2 } } }]) {
          const times = await live(hook, answer, actions[name] as Act, options)
          if (hook !== 'detach') expect(times).toBeGreaterThan(0)
        }
      }
    })
  })

  it('a policy that wakes in its own hook does not make the pool go round without end', async () => {
    let asked = 0
    const own = hosted({
      admit: ({ now }) => {
        if (++asked > 10_000) throw new Error('asked without end')
        if (now < 100) own.host.wake(now + 1)
        return now < 100 ? 'wait' : 'admit'
      },
    })
    const { pool, clock } = testPool({ policies: [own.policy] })
    await pool.warm(1)
    const waiting = follow(pool.acquire())
    await clock.advance(100)
    expect(waiting.state).toBe('fulfilled')
    expect(asked).toBeLessThan(500)
  })
})

it('lets several pools share one value: each is judged for itself', async () => {
  const clock = virtualClock()
  const seen: string[] = []
  const shared = definePolicy<TestResource>({
    name: 'shared',
    attach: (host) => ({
      onIdle: ({ connection }) => void seen.push(`${host.pool} ${connection.id}`),
      onDisconnect: ({ connection, reason }) => void seen.push(`${host.pool} ${connection.id} ${reason}`),
      detach: () => void seen.push(`${host.pool} detached`),
    }),
  })
  const pools = ['a', 'b'].map((name) => testPool({ name, clock, policies: [shared] }).pool)
  for (const pool of pools) (await pool.acquire()).release()
  await pools[0]?.close()
  expect(seen).toEqual(['a 1', 'b 1', 'a 1 pool-closed', 'a detached'])
  await pools[1]?.destroy()
  expect(seen.slice(4)).toEqual(['b 1 pool-closed', 'b detached'])
})

it('leaves no timer behind when the pool closes while a policy wants to be woken (invariant 7)', async () => {
  const own = hosted({ admit: () => 'wait' })
  const { pool, clock } = testPool({ policies: [own.policy] })
  follow(pool.acquire())
  own.host.wake(5_000)
  await pool.destroy()
  own.host.wake(9_000)
  own.host.wake()
  expect(clock.pending).toBe(0)
})

it('wakes nobody while the pool is paused, and asks again on resume', async () => {
  const state = gate()
  const own = hosted({ admit: state.admit })
  const { pool, clock } = testPool({ policies: [own.policy] })
  await pool.warm(1)
  state.answer = 'wait'
  const waiting = follow(pool.acquire())
  pool.pause()
  state.answer = 'admit'
  own.host.wake()
  await clock.settle()
  expect(waiting.state).toBe('pending')
  pool.resume()
  await clock.settle()
  expect(waiting.state).toBe('fulfilled')
})

it.each<[string, unknown, string]>([
  ['policies that are no array', {}, 'policies'],
  ['a policy that is none', [null], 'policies[0]'],
  ['a policy without a name', [{ onIdle: () => 'keep' }], 'policies[0].name'],
  ['a hook that is no function', [{ name: 'p', onIdle: 'keep' }], 'policies[0].onIdle'],
  ['a misspelled hook', [{ name: 'p' }, { name: 'q', onIdel: () => 'keep' }], 'policies[1].onIdel'],
])('refuses %s', (_, policies, option) => {
  const make = () => createPool({ name: 'test', open: () => ({}), close: () => {} }, { policies } as PoolOptions)
  expect(make).toThrow(expect.objectContaining({ code: 'ERR_POOL_INVALID_OPTION', option }))
})

it('returns the policy as it is', () => {
  const plain = { name: 'plain' }
  expect(definePolicy(plain)).toBe(plain)
})

it('all hear of the end of the last connection before the pool has closed, though one of them wakes it meanwhile', async () => {
  const told: string[] = []
  const waking: Policy<TestResource> = {
    name: 'waking',
    attach: (host) => ({ onDisconnect: () => host.wake() }),
  }
  const last = policy({ onDisconnect: () => void told.push('disconnect'), detach: () => void told.push('detach') })
  const { pool } = testPool({ policies: [waking, last] })
  await pool.warm(1)
  await pool.close()
  expect(told).toEqual(['disconnect', 'detach'])
})
