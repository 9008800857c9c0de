import type { EventName, StateName } from '@millpond/core'
import { connectionTable, Event, State } from '@millpond/core/kit'
import type { Guard } from '@millpond/tcp/server'

/** Follows a guard's connections by its events, and says what is wrong with them. */
export class WatchedInvariants {
  readonly violations: string[] = []
  readonly #guard: Guard
  readonly #max: number
  readonly #states = new Map<number, StateName>()
  readonly #disconnected = new Set<number>()
  /** Steps of the statechart that were taken. */
  readonly steps = new Set<string>()

  constructor(guard: Guard, max: number) {
    this.#guard = guard
    this.#max = max
    guard.on('connecting', ({ connection }) => this.#states.set(connection.id, 'connecting'))
    guard.on('transition', ({ connection, from, to, event }) => this.#step(connection.id, from, to, event))
    guard.on('disconnect', ({ connection }) => {
      if (this.#disconnected.has(connection.id)) this.#say(`${connection.id} disconnected twice`)
      this.#disconnected.add(connection.id)
    })
    guard.on('error', ({ error, source }) => this.#say(`error from ${source}: ${error}`))
  }

  /** Invariant 11: every history is a path of the statechart. */
  #step(id: number, from: StateName, to: StateName, event: EventName): void {
    if (this.#states.get(id) !== from) this.#say(`11: ${id} left ${from}, but was in ${this.#states.get(id)}`)
    if (connectionTable.next[State[from]]?.[Event[event]] !== State[to]) this.#say(`11: ${from} → ${to} by ${event}`)
    this.#states.set(id, to)
    this.steps.add(`${from} ${event}`)
    this.check()
  }

  /** Invariants 2 and 10, at any moment. */
  check(): void {
    const stats = this.#guard.stats()
    const connections = [...this.#guard.connections()]
    const count = (prefix: string) => connections.filter(({ state }) => state.startsWith(prefix)).length
    for (const state of ['connecting', 'connected', 'idle', 'closing'] as const) {
      // One that is on its way to closed in this very step has left the list before it has left its state.
      const counted = count(state)
      if (stats[state] !== counted) this.#say(`10: ${stats[state]} ${state}, but ${counted} in the list`)
    }
    if (stats.size !== connections.length) this.#say(`10: size ${stats.size} of ${connections.length}`)
    const leases = connections.reduce((sum, connection) => sum + connection.leases, 0)
    if (stats.leases !== leases) this.#say(`10: ${stats.leases} leases, but ${leases} in the list`)
    if (stats.size > this.#max) this.#say(`2: ${stats.size} of at most ${this.#max}`)
    for (const { id, state, leases: active } of connections) {
      if (active > 0 && !state.startsWith('connected')) this.#say(`1: ${id} carries a request in ${state}`)
    }
  }

  /** Invariant 7, once the guard has closed. */
  checkClosed(): void {
    this.check()
    const { size, state, opened, closed, clients } = this.#guard.stats()
    if (size !== 0 || state !== 'closed' || clients !== 0) this.#say(`7: ${size} left, ${clients} clients, ${state}`)
    for (const [id, last] of this.#states) if (last !== 'closed') this.#say(`7: ${id} ended in ${last}`)
    if (this.#disconnected.size !== this.#states.size) this.#say(`7: ${this.#disconnected.size} disconnects`)
    const ended = Object.values(closed).reduce((sum, count) => sum + count, 0)
    if (ended !== this.#states.size || opened > ended) this.#say(`7: ${ended} ended of ${this.#states.size}`)
  }

  #say(what: string): void {
    this.violations.push(what)
  }
}
