import type { AcquireOptions, ConnectionInfo, Lease } from '@millpond/core'
import { beforeEach, describe, expect, it } from 'vitest'
import { type VirtualClock, virtualClock } from '../time/virtual-clock.js'
import { Requests, type Wanted } from './requests.js'
import { simulatedAdapter } from './simulated-adapter.js'
import type { SimulatedPool } from './simulated-pool.js'
import type { SimulatedResource } from './simulated-resource.js'
import { WaitingLine } from './waiting-line.js'

describe('requests', () => {
  let clock: VirtualClock
  let violations: string[]
  let waiting: { grant(resource: SimulatedResource): void; refuse(error: unknown): void; options?: AcquireOptions }[]

  beforeEach(() => {
    clock = virtualClock()
    violations = []
    waiting = []
  })

  const line = (client?: string, fresh = false) => new WaitingLine({ client, key: '', priority: 0, fresh })
  const wanted = (of: WaitingLine, more: Partial<Wanted> = {}): Wanted => ({
    line: of,
    service: 10,
    end: 'release',
    patience: undefined,
    leaves: 'timeout',
    options: undefined,
    done: undefined,
    ...more,
  })

  function requestsOf(order: 'fifo' | 'lifo' | undefined): Requests {
    const pool = {
      acquire: (_: string, options: AcquireOptions | undefined) =>
        new Promise((resolve, reject) => {
          const ended = () => {}
          const grant = (resource: SimulatedResource) =>
            resolve({
              resource,
              connection: {} as ConnectionInfo,
              release: ended,
              destroy: ended,
            } as Lease<SimulatedResource>)
          waiting.push({ grant, refuse: reject, ...(options === undefined ? {} : { options }) })
        }),
    } as unknown as SimulatedPool
    const violate = (invariant: number, message: string) => void violations.push(`${invariant}: ${message}`)
    return new Requests({ clock, pool, warmup: 0, duration: 1_000, patience: 500, order, revokes: false, violate })
  }

  /** Three ask, and are served in this order. */
  async function serve(order: 'fifo' | 'lifo' | undefined, turns: readonly number[], lines: readonly WaitingLine[]) {
    const adapter = simulatedAdapter({ clock })
    const requests = requestsOf(order)
    for (const of of lines) {
      requests.ask(wanted(of))
      await clock.advance(1)
    }
    for (const turn of turns) {
      const { signal } = new AbortController()
      const resource = await adapter.open({ signal, connectionId: turn, timeout: 1, attempt: 1 })
      waiting[turn]?.grant(resource)
      await clock.advance(1)
    }
    await clock.advance(50)
    expect(requests).toMatchObject({ pending: 0, leased: 0, completed: 3, busy: 30 })
    return violations
  }

  it('of one line are to be served in their order', async () => {
    const one = line('a')
    expect(await serve('fifo', [0, 1, 2], [one, one, one])).toEqual([])
  })

  it('of one line that are served out of their order break invariant 5', async () => {
    const one = line('a')
    expect(await serve('fifo', [0, 2, 1], [one, one, one])).toEqual([
      '5: of a, who asked at 2 ms is served before who asked at 1',
    ])
  })

  it('are to be served latest first where the pool says so, those for fresh connections in their order still', async () => {
    const one = line('a')
    expect(await serve('lifo', [2, 1, 0], [one, one, one])).toEqual([])
    waiting = []
    const fresh = line('a', true)
    expect((await serve('lifo', [2, 0, 1], [fresh, fresh, fresh])).length).toBe(1)
    waiting = []
    expect((await serve('lifo', [0, 1, 2], [one, one, one])).length).toBe(3)
  })

  it('that ask at the moment at which another is served may hear of their own connection later', async () => {
    const requests = requestsOf('lifo')
    const one = line('a')
    requests.ask(wanted(one))
    await clock.advance(5)
    requests.ask(wanted(one))
    for (const { grant } of waiting) {
      const { signal } = new AbortController()
      grant(await simulatedAdapter({ clock }).open({ signal, connectionId: 1, timeout: 1, attempt: 1 }))
    }
    await clock.advance(20)
    expect(requests.completed).toBe(2)
    expect(violations).toEqual([])
  })

  it('of different lines, or in no known order, may be served as they come', async () => {
    expect(await serve('fifo', [2, 0, 1], [line('a'), line('b'), line('c')])).toEqual([])
    waiting = []
    const one = line()
    expect(await serve(undefined, [1, 2, 0], [one, one, one])).toEqual([])
  })

  it('leave by their signal where they are to, and are then refused for that reason', async () => {
    const requests = requestsOf('fifo')
    const done: boolean[] = []
    requests.ask(wanted(line('a'), { patience: 20, leaves: 'abort', done: (served) => done.push(served) }))
    const { signal } = waiting[0]?.options ?? {}
    await clock.advance(19)
    expect(signal?.aborted).toBe(false)
    await clock.advance(1)
    expect(signal?.aborted).toBe(true)
    waiting[0]?.refuse(signal?.reason)
    await clock.advance(0)
    expect(violations).toHaveLength(1)
    expect(done).toEqual([false])
    expect(clock.pending).toBe(0)
  })
})
