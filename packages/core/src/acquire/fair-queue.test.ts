import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Waiter, Wish } from './waiter.js'
import { WaiterQueue } from './waiter-queue.js'

const owner = { waitTimedOut: () => {}, waitAborted: () => {} }
const NEWEST = Number.MAX_SAFE_INTEGER

interface Ask {
  readonly priority?: number
  readonly client?: string
  /** The lowest connection id that will do; 0 takes any. */
  readonly minId?: number
}

const ignore = () => {}

/** A queue with its leases, as the pool keeps them. */
class Desk {
  readonly queue: WaiterQueue<string>
  readonly waiting: Waiter<string>[] = []
  /** Leases out, by client. */
  readonly leased: (string | undefined)[] = []

  constructor(maxPerClient?: number, order: 'fifo' | 'lifo' = 'fifo') {
    this.queue = new WaiterQueue<string>({ order, maxPerClient })
  }

  ask({ priority = 0, client, minId = 0 }: Ask = {}): Waiter<string> {
    const asked = { signal: undefined, timeout: 1_000, fresh: minId > 0, priority, client }
    const waiter = new Waiter<string>(0, new Wish(owner, asked, false, minId, undefined), ignore, ignore)
    this.queue.push(waiter)
    this.waiting.push(waiter)
    return waiter
  }

  askAll(count: number, ask: Ask): Waiter<string>[] {
    return Array.from({ length: count }, () => this.ask(ask))
  }

  leave(waiter: Waiter<string>): void {
    this.queue.remove(waiter)
    this.waiting.splice(this.waiting.indexOf(waiter), 1)
  }

  /** Hands a connection to whoever is next. */
  serve(connectionId = NEWEST): Waiter<string> | undefined {
    const next = this.queue.nextFor(connectionId)
    if (next === undefined) return undefined
    this.queue.served(next)
    this.leave(next)
    const client = next.wish?.client
    this.queue.clients?.lent(this.queue.clients.named(client))
    this.leased.push(client)
    return next
  }

  giveBack(index = 0): void {
    if (this.leased.length === 0) return
    const [client] = this.leased.splice(index % this.leased.length, 1)
    this.queue.clients?.returned(this.queue.clients.named(client))
  }

  leasesOf(client: string): number {
    return this.leased.filter((id) => id === client).length
  }
}

describe('priorities', () => {
  it('gives the highest priority first, and within one the longest waiting (invariant 5)', () => {
    const desk = new Desk()
    const [a, b, c, d] = [0, 5, -1, 5].map((priority) => desk.ask({ priority }))
    expect([desk.serve(), desk.serve(), desk.serve(), desk.serve(), desk.serve()]).toEqual([b, d, a, c, undefined])
  })

  it('lets one with a priority pass those who came before anybody had one', () => {
    const desk = new Desk()
    const [first, second] = [desk.ask(), desk.ask()]
    const urgent = desk.ask({ priority: 1 })
    expect([desk.serve(), desk.serve(), desk.serve()]).toEqual([urgent, first, second])
  })

  it('takes the places of ordinary and fresh waiters over in the order of their coming', () => {
    const desk = new Desk()
    const all = [desk.ask({ minId: 3 }), desk.ask(), desk.ask({ minId: 4 }), desk.ask()]
    const last = desk.ask({ priority: -1 })
    expect(all.map(() => desk.serve())).toEqual(all)
    expect(desk.serve()).toBe(last)
  })

  it('gives every 8th grant that passes over a lower priority to the oldest of the lowest (invariant 5)', () => {
    const desk = new Desk()
    const low = desk.askAll(20, { priority: 0 })
    desk.askAll(200, { priority: 9 })
    const grants = Array.from({ length: 48 }, () => desk.serve())
    const turns = grants.flatMap((waiter, i) => (waiter?.wish?.priority === 0 ? [i + 1] : []))
    expect(turns).toEqual([8, 16, 24, 32, 40, 48])
    expect(grants.filter((waiter) => waiter?.wish?.priority === 0)).toEqual(low.slice(0, 6))
  })

  it('counts no grant as passing over anybody while all have the same priority', () => {
    const desk = new Desk()
    desk.ask({ priority: 1 })
    const high = desk.askAll(40, { priority: 1 })
    for (let i = 0; i < 30; i++) desk.serve()
    const low = desk.ask({ priority: 0 })
    const grants = Array.from({ length: 8 }, () => desk.serve())
    expect(grants).toEqual([...high.slice(29, 36), low])
  })

  it('gives every 8th turn of the lowest to the longest waiting of all, so that the middle does not starve', () => {
    const desk = new Desk()
    const middle = desk.askAll(3, { priority: 5 })
    desk.askAll(1_000, { priority: 9 })
    desk.askAll(1_000, { priority: 0 })
    const grants = Array.from({ length: 192 }, () => desk.serve())
    const at = middle.map((waiter) => grants.indexOf(waiter) + 1)
    expect(at).toEqual([64, 128, 192])
    expect(grants.filter((waiter) => waiter?.wish?.priority === 0)).toHaveLength(21)
  })

  it('serves everybody within a bound, whatever comes after, with any number of classes (invariant 5)', () => {
    const classes = 6
    const desk = new Desk()
    const old = Array.from({ length: classes }, (_, priority) => desk.ask({ priority }))
    let grants = 0
    while (desk.waiting.some((waiter) => old.includes(waiter))) {
      for (let priority = 0; priority < classes; priority++) desk.ask({ priority })
      desk.serve()
      grants++
      if (grants > 64 * classes) break
    }
    expect(old.filter((waiter) => waiter.queued)).toEqual([])
  })

  it('takes the oldest of the lowest in its turn with lifo, though the latest is first otherwise', () => {
    const desk = new Desk(undefined, 'lifo')
    const low = desk.askAll(3, { priority: 0 })
    const high = desk.askAll(10, { priority: 1 })
    const grants = Array.from({ length: 8 }, () => desk.serve())
    expect(grants).toEqual([...high.slice(3).reverse(), low[0]])
  })

  it('passes the turn of the lowest on when nobody of it can use the connection', () => {
    const desk = new Desk()
    const fresh = desk.ask({ priority: 0, minId: 100 })
    const middle = desk.ask({ priority: 1 })
    desk.askAll(20, { priority: 2 })
    for (let i = 0; i < 7; i++) desk.serve(1)
    expect(desk.serve(1)).toBe(middle)
    expect(fresh.queued).toBe(true)
  })

  it('gives a connection that is too old for every fresh waiter to nobody', () => {
    const desk = new Desk()
    desk.ask({ priority: 3, minId: 5 })
    desk.ask({ priority: 1, minId: 6 })
    expect(desk.serve(4)).toBeUndefined()
    expect(desk.serve(5)?.minId).toBe(5)
  })

  it('forgets a class whose last waiter has left', () => {
    const desk = new Desk()
    desk.ask()
    const gone = desk.ask({ priority: 7 })
    desk.leave(gone)
    expect(desk.queue.levels.map(({ priority }) => priority)).toEqual([0])
    expect(desk.serve()?.wish?.priority).toBe(0)
    expect(desk.queue.levels).toEqual([])
  })
})

describe('clients', () => {
  it('gives clients their turns, and each its own in order (invariant 5)', () => {
    const desk = new Desk(100)
    const [a1, a2, a3] = desk.askAll(3, { client: 'a' })
    const [b1, b2] = desk.askAll(2, { client: 'b' })
    const c1 = desk.ask({ client: 'c' })
    expect(Array.from({ length: 6 }, () => desk.serve())).toEqual([a1, b1, c1, a2, b2, a3])
  })

  it('takes all that name no client for one, without a limit', () => {
    const desk = new Desk(1)
    const [x, y, z] = desk.askAll(3, {})
    const a = desk.ask({ client: 'a' })
    expect(Array.from({ length: 4 }, () => desk.serve())).toEqual([x, a, y, z])
  })

  it('passes over a client at its limit, until one of its leases ends', () => {
    const desk = new Desk(2)
    const a = desk.askAll(4, { client: 'a' })
    expect([desk.serve(), desk.serve(), desk.serve()]).toEqual([a[0], a[1], undefined])
    desk.giveBack()
    expect([desk.serve(), desk.serve()]).toEqual([a[2], undefined])
  })

  it('counts as demand only what clients may have', () => {
    const desk = new Desk(2)
    desk.askAll(10, { client: 'a' })
    desk.askAll(1, { client: 'b' })
    desk.askAll(3, {})
    expect([desk.queue.size, desk.queue.normal]).toEqual([14, 2 + 1 + 3])
    const served = desk.serve()
    expect([served?.wish?.client, desk.queue.normal]).toEqual(['a', 1 + 1 + 3])
    desk.giveBack()
    expect(desk.queue.normal).toBe(2 + 1 + 3)
  })

  it('limits a client over all priorities together', () => {
    const desk = new Desk(1)
    const low = desk.ask({ client: 'a', priority: 0 })
    const high = desk.ask({ client: 'a', priority: 1 })
    const other = desk.ask({ client: 'b', priority: 0 })
    expect([desk.serve(), desk.serve(), desk.serve()]).toEqual([high, other, undefined])
    desk.giveBack(0)
    expect(desk.serve()).toBe(low)
  })

  it('keeps nothing of a client who has and wants nothing', () => {
    const desk = new Desk(1)
    for (let i = 0; i < 100; i++) desk.ask({ client: `client ${i}` })
    for (const waiter of desk.waiting.slice(50)) desk.leave(waiter)
    while (desk.serve() !== undefined);
    while (desk.leased.length > 0) desk.giveBack()
    expect([desk.queue.size, desk.queue.clients?.size]).toEqual([0, 0])
  })

  it('lets a client who comes late have the next turn but those of clients before it', () => {
    const desk = new Desk(1_000)
    desk.askAll(10_000, { client: 'a' })
    for (let i = 0; i < 10; i++) desk.serve()
    const late = desk.ask({ client: 'b' })
    desk.serve()
    expect(desk.serve()).toBe(late)
  })
})

type Step =
  | { do: 'ask'; priority: number; client: string | undefined; fresh: boolean }
  | { do: 'leave' | 'serve' | 'back'; n: number }

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('ask' as const),
      priority: fc.constantFrom(0, 0, 1, 2),
      client: fc.constantFrom(undefined, 'a', 'b', 'c'),
      fresh: fc.boolean(),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('leave', 'serve', 'back'), n: fc.nat(100) }) },
)

it('serves nobody beyond a limit, somebody whenever it may, and keeps its books (invariants 4, 5)', () => {
  const limit = fc.constantFrom(undefined, 1, 2)
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), limit, fc.constantFrom('fifo', 'lifo'), (steps, max, order) => {
      const desk = new Desk(max, order)
      const mayHave = (waiter: Waiter<string>, id: number) => {
        const client = waiter.wish?.client
        const isFull = max !== undefined && client !== undefined && desk.leasesOf(client) >= max
        return !isFull && waiter.minId <= id
      }
      let lastId = 1
      for (const now of steps) {
        if (now.do === 'ask') {
          desk.ask({
            priority: now.priority,
            ...(now.client && { client: now.client }),
            minId: now.fresh ? ++lastId : 0,
          })
        } else if (now.do === 'leave' && desk.waiting.length > 0) {
          desk.leave(desk.waiting[now.n % desk.waiting.length] as Waiter<string>)
        } else if (now.do === 'back') {
          desk.giveBack(now.n)
        } else if (now.do === 'serve') {
          const id = 1 + (now.n % lastId)
          const eligible = desk.waiting.filter((waiter) => mayHave(waiter, id))
          const next = desk.queue.nextFor(id)
          expect(desk.queue.nextFor(id), 'asking changes nothing').toBe(next)
          expect(next === undefined, 'nobody, though somebody may').toBe(eligible.length === 0)
          if (next !== undefined) expect(eligible).toContain(next)
          const { priority, client } = next?.wish ?? {}
          const before = eligible.filter(
            (one) => one.wish?.priority === priority && one.minId > 0 === (next?.minId ?? 0) > 0,
          )
          const own = max === undefined ? before : before.filter((one) => one.wish?.client === client)
          if (next !== undefined && order === 'fifo') expect(own[0], 'in order').toBe(next)
          desk.serve(id)
        }
        const { queue, waiting } = desk
        expect(queue.size).toBe(waiting.length)
        expect(queue.oldest).toBe(waiting[0])
        if (max === undefined) {
          expect(queue.normal + queue.fresh).toBe(waiting.length)
          continue
        }
        for (const client of ['a', 'b', 'c']) expect(desk.leasesOf(client)).toBeLessThanOrEqual(max)
        const known = new Set([...desk.leased, ...waiting.map(({ wish }) => wish?.client)])
        expect(queue.clients?.size).toBe(known.size)
        let demand = 0
        for (const client of known) {
          const wanted = waiting.filter(({ wish, minId }) => wish?.client === client && minId === 0).length
          demand += client === undefined ? wanted : Math.min(wanted, max - desk.leasesOf(client))
        }
        expect(queue.normal).toBe(demand)
      }
    }),
    { numRuns: 500 },
  )
})

it('lets everybody go in the end, whatever has come between (invariant 5)', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), fc.constantFrom(undefined, 1, 3), (steps, max) => {
      const desk = new Desk(max)
      for (const now of steps) {
        if (now.do === 'ask') desk.ask({ priority: now.priority, ...(now.client && { client: now.client }) })
        else if (now.do === 'serve') desk.serve()
        else if (now.do === 'back') desk.giveBack(now.n)
      }
      for (let rounds = steps.length * 2; rounds > 0; rounds--) {
        desk.giveBack()
        desk.serve()
      }
      expect(desk.waiting).toEqual([])
    }),
    { numRuns: 300 },
  )
})
