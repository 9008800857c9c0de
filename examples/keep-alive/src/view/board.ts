import type { Access, Clients } from '../load/clients.js'
import { type Latency, latencyOf } from '../load/latency.js'
import type { RequestRecord } from '../load/request.js'
import { Cells } from './cells.js'
import { Happenings } from './happenings.js'

/** What the numbers on the screen are about: the last second. */
const recently = 1_000

/** Everything there is to see of one run. */
export class Board {
  readonly title: string
  readonly duration: number
  readonly startedAt = performance.now()
  readonly cells = new Cells()
  readonly happenings = new Happenings()
  #clients: Pick<Clients, 'settled'> = { settled: [] }
  #access: Pick<Access, 'waiting'> = { waiting: 0 }

  constructor(title: string, duration: number) {
    this.title = title
    this.duration = duration
  }

  watch(clients: Pick<Clients, 'settled'>, access: Pick<Access, 'waiting'>): void {
    this.#clients = clients
    this.#access = access
  }

  get elapsed(): number {
    return performance.now() - this.startedAt
  }

  get waiting(): number {
    return this.#access.waiting
  }

  get settled(): readonly RequestRecord[] {
    return this.#clients.settled
  }

  get failed(): number {
    return this.settled.reduce((count, { error }) => (error === undefined ? count : count + 1), 0)
  }

  /** The last second. */
  recent(): { answered: number; latency: Latency } {
    const since = performance.now() - recently
    const first = this.settled.findLastIndex(({ settledAt = 0 }) => settledAt < since) + 1
    const requests = this.settled.slice(first)
    return { answered: requests.filter(({ error }) => error === undefined).length, latency: latencyOf(requests) }
  }
}
