import { expect, it } from 'vitest'
import { listenersOn, testMembers } from '../../test/group-fixture.js'
import type { TestResource } from '../../test/test-adapter.js'
import { follow, type Outcome } from '../../test/test-pool.js'
import type { AcquireOptions } from '../acquire/acquire-options.js'
import type { Lease } from '../acquire/lease.js'
import type { Pool } from '../pool/pool.js'
import { balance } from './balance.js'
import { failover } from './failover.js'

/** mulberry32: the same programs every time. */
function chance(seed: number): (n: number) => number {
  let a = seed
  return (n) => {
    a = (a + 0x6d2b79f5) | 0
    let t = Math.imul(a ^ (a >>> 15), 1 | a)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) % n
  }
}

interface Asked {
  readonly at: 'group' | 'member'
  readonly kind: 'acquire' | 'use'
  readonly fresh: boolean
  readonly priority: number
  readonly deadline: number
  readonly outcome: Outcome<unknown>
  readonly controller: AbortController
  lease?: Lease<TestResource> | undefined
  running: boolean
  finish: (error?: Error) => void
  round?: number
  aborted: boolean
}

const fatal = new Error('fatal')
const calm = { faults: false }
const wild = { faults: true }

/** One program of random calls against a group on a virtual clock; what must hold at rest is asserted after each call. */
async function play(seed: number, { faults }: { faults: boolean }): Promise<string[]> {
  const random = chance(seed)
  const log: string[] = []
  const count = 1 + random(3)
  const max = 1 + random(2)
  const checks = faults && random(2) === 0
  const verify = async (rejects: boolean) => {
    const ms = random(3) * 4
    if (ms > 0) await new Promise<void>((resolve) => clock.setTimeout(resolve, ms))
    if (rejects && random(4) === 0) throw new Error('unhealthy')
  }
  const check = () => verify(true)
  const reset = () => verify(true)
  const { clock, members, pools } = testMembers(
    count,
    () => ({
      size: { max, min: random(4) === 0 ? 1 : 0 },
      connect: { timeout: 40, retry: random(5) === 0 },
      ...(checks ? { health: { after: 10 } } : {}),
    }),
    {
      isFatal: (error) => error === fatal,
      isUsable: (resource) => resource.usable,
      ...(checks ? { check } : {}),
      ...(faults && random(3) === 0 ? { reset } : {}),
    },
  )
  const inOrder = random(4) === 0
  log.push(checks ? 'with checks' : 'without checks')
  const name = 'group'
  const pick = (['p2c', 'round-robin', 'least-leased'] as const)[random(3)] as 'p2c'
  const eject = { failures: 2, cooldown: 50, maxCooldown: 100 }
  const draw = () => random(100) / 100
  const isNested = !inOrder && count > 1 && random(3) === 0
  const inner = isNested
    ? [balance(pools.slice(0, -1), { pick, clock, eject, random: draw }), pools.at(-1) as Pool<TestResource>]
    : pools
  const group = inOrder
    ? failover(inner, { clock, name, ...eject })
    : balance(inner, { clock, name, pick, eject, random: draw })
  log.push(`${inOrder ? 'failover' : `balance ${pick}`} of ${count} with max ${max}${isNested ? ', nested' : ''}`)
  const all: Asked[] = []
  let round = 0

  const ask = (pool: Pool<TestResource>, at: Asked['at']) => {
    const controller = new AbortController()
    const timeout = 20 + random(100)
    const fresh = faults && random(8) === 0
    const priority = faults && random(5) === 0 ? 1 : 0
    const options: AcquireOptions = { signal: controller.signal, timeout, fresh, priority }
    const kind = random(2) === 0 ? 'use' : 'acquire'
    let finish: Asked['finish'] = () => {}
    const done = new Promise<void>((resolve, reject) => {
      finish = (error) => (error === undefined ? resolve() : reject(error))
    })
    done.catch(() => {})
    const state = { running: false, aborted: false }
    const promise =
      kind === 'acquire'
        ? pool.acquire(options)
        : pool.use(async () => {
            if (asked.running) throw new Error('run twice')
            asked.running = true
            asked.round = round
            await done
          }, options)
    const asked: Asked = Object.assign(state, {
      at,
      kind,
      fresh,
      priority,
      deadline: clock.now() + timeout,
      outcome: follow(promise as Promise<unknown>),
      controller,
      finish,
    } as const)
    if (kind === 'acquire') {
      promise.then(
        (lease) => {
          asked.lease = lease as Lease<TestResource>
          asked.running = true
          asked.round = round
        },
        () => {},
      )
    }
    all.push(asked)
    return `${all.length - 1}: ${kind} of ${at} ${pool.name}${fresh ? ' fresh' : ''} within ${timeout}, priority ${priority}`
  }
  const waiting = () => all.filter(({ outcome, running }) => outcome.state === 'pending' && !running)
  const one = <T>(list: readonly T[]): T | undefined => list[random(list.length || 1)]
  const finish = (asked: Asked | undefined, how = random(faults ? 4 : 2)) => {
    if (asked === undefined) return 'nothing to finish'
    if (asked.kind === 'use') asked.finish(how === 2 ? fatal : how === 3 ? new Error('harmless') : undefined)
    else if (how === 2) asked.lease?.destroy()
    else if (how === 3) asked.lease?.retire()
    else asked.lease?.release()
    asked.running = false
    asked.lease = undefined
    finished.add(asked)
    return `finish ${all.indexOf(asked)}, ${how}`
  }
  const finished = new Set<Asked>()
  const held = () => all.filter((asked) => asked.running && !finished.has(asked))

  const calls: (() => string | Promise<string>)[] = [
    () => ask(group, 'group'),
    () => ask(group, 'group'),
    () => ask(group, 'group'),
    () => finish(one(held())),
    () => finish(one(held())),
    async () => {
      const ms = random(30)
      await clock.advance(ms)
      return `advance ${ms}`
    },
    () => {
      const lease = group.tryAcquire()
      lease?.release()
      return `tryAcquire ${lease !== undefined}`
    },
    () => {
      const two = [finish(one(held())), finish(one(held()))]
      const asked = one(waiting())
      asked?.controller.abort()
      if (asked !== undefined) asked.aborted = true
      return `${two} and abort ${asked === undefined ? '' : all.indexOf(asked)}`
    },
  ]
  if (faults) {
    calls.push(
      () => ask(one(pools) as Pool<TestResource>, 'member'),
      () => {
        const member = one(members)!
        member.server = (['up', 'up', 'down', 'hanging'] as const)[random(4)]!
        member.delay = random(3) * 7
        return `${member.pool.name} is ${member.server}, ${member.delay} ms`
      },
      () => {
        const pool = one([group, ...pools])!
        const waiters = random(3) === 0 ? 'reject' : 'hold'
        pool.pause({ waiters })
        return `pause ${pool.name} ${waiters}`
      },
      () => {
        const pool = one([group, group, ...pools])!
        pool.resume()
        return `resume ${pool.name}`
      },
      () => {
        one(one(members)!.resources)?.lose()
        return 'lose'
      },
      () => {
        group.flush()
        return 'flush'
      },
      () => {
        if (random(6) > 0) return ''
        const pool = one(pools)!
        void pool.close({ timeout: 20, waiters: random(2) ? 'serve' : 'reject' })
        return `close ${pool.name}`
      },
    )
  }

  const verifyAll = () => {
    const stats = group.stats()
    const pending = waiting()
    const why = JSON.stringify(log.slice(-8))
    const late = pending.filter(({ deadline }) => deadline + 10 < clock.now())
    expect(late, why).toEqual([])
    expect(stats.waiting, `waiting; ${why}`).toBe(pending.length)
    const granted = all.filter((asked) => asked.round !== undefined).length
    expect(stats.acquired - tried, `acquired; ${why}`).toBe(granted)
    const failed = all.filter(({ outcome, round }) => outcome.state === 'rejected' && round === undefined).length
    expect(stats.aborted + stats.timedOut + stats.rejected, `failed; ${why}`).toBe(failed)
    const open = pending.filter(({ at, fresh }) => at === 'group' && !fresh)
    // While one is checked for a waiter, another that is due for a check rests.
    const idle = pools
      .filter((pool) => pool.stats().state === 'running')
      .map((pool) => [...pool.connections()].map(({ state }) => state))
      .filter((states) => states.includes('idle.ready') && !states.includes('idle.checking'))
    if (!inOrder && open.length > 0) expect(idle, `invariant 4; ${why}`).toEqual([])
    if (pending.every(({ at }) => at !== 'group')) expect(listenersOn(pools), `listeners; ${why}`).toBe(0)
    if (!faults) {
      for (const kind of ['acquire', 'use']) {
        const served = all.filter(
          (asked) => asked.kind === kind && asked.outcome.state !== 'rejected' && !asked.aborted,
        )
        const rounds = served.map((asked) => asked.round ?? Number.POSITIVE_INFINITY)
        expect(rounds, `in order; ${why}`).toEqual([...rounds].sort((a, b) => a - b))
      }
    }
  }

  let tried = 0
  for (let i = 0; i < 40; i++) {
    const call = one(calls)!
    const before = log.length
    const said = call()
    log.push(typeof said === 'string' ? said : await said)
    if (log[before] === 'tryAcquire true') tried++
    // Some calls come in the same turn.
    if (random(3) === 0) continue
    await clock.settle()
    round++
    verifyAll()
  }
  for (const member of members) Object.assign(member, { server: 'up', delay: 0 })
  group.resume()
  for (let i = 0; i < 30; i++) {
    for (const asked of held()) finish(asked, 0)
    await clock.advance(10)
    round++
    verifyAll()
  }
  expect(all.filter(({ outcome }) => outcome.state === 'pending')).toEqual([])
  expect(group.stats()).toMatchObject({ leases: 0, waiting: 0 })
  const closed = follow(group.close())
  await clock.advance(40_000)
  expect(closed.state).toBe('fulfilled')
  expect(clock.pending).toBe(0)
  return log
}

const runs = Number(process.env.GROUP_RUNS ?? 150)
const from = Number(process.env.GROUP_SEED ?? 1)

it.each([
  ['in order, when nothing goes wrong', calm],
  ['whatever goes wrong', wild],
])(
  'settles every acquire once, and keeps no connection idle while one waits: %s',
  async (_, kind) => {
    for (let seed = from; seed < from + runs; seed++) {
      try {
        await play(seed, kind)
      } catch (error) {
        if (error instanceof Error) error.message = `seed ${seed}: ${error.message}`
        throw error
      }
    }
  },
  600_000,
)
