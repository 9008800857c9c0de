import { createPool, type Pool } from '@millpond/core'
import type { Bench } from '../bench.js'
import { show } from '../observe.js'
import { ModelledAdapter } from './modelled-adapter.js'
import type { ModelledResource } from './modelled-resource.js'
import type { Program } from './program.js'
import type { Timeline } from './timeline.js'
import { Violation } from './violation.js'

/** The pool of one run, with what is known of it, and the first violation that showed. */
export class ModelledPool<R> {
  readonly bench: Bench<R>
  readonly program: Program
  readonly timeline: Timeline
  readonly pool: Pool<R>
  readonly #modelled: ModelledAdapter<R>
  #violation: Violation | undefined

  constructor(bench: Bench<R>, program: Program, timeline: Timeline) {
    this.bench = bench
    this.program = program
    this.timeline = timeline
    this.#modelled = new ModelledAdapter(bench.adapter, (resource) => this.#introduce(resource))
    this.pool = createPool(this.#modelled.adapter, { name: bench.options.name, ...program.options })
    this.#listen()
  }

  get resources(): readonly ModelledResource<R>[] {
    return this.#modelled.resources
  }

  /** Opens that have not settled. */
  get opening(): number {
    return this.#modelled.opening
  }

  find(resource: R): ModelledResource<R> | undefined {
    return this.#modelled.find(resource)
  }

  /** Those that rest at this moment. */
  idle(): ModelledResource<R>[] {
    const idle = new Set<number>()
    for (const { id, state } of this.pool.connections()) if (state === 'idle.ready') idle.add(id)
    return this.resources.filter((record) => idle.has(record.connection))
  }

  /** Leases that it carries. What makes no sense counts as 1, as in a pool. */
  capacityOf({ resource }: ModelledResource<R>): number {
    try {
      const capacity = this.bench.adapter.capacity?.(resource) ?? 1
      return capacity >= 0 ? capacity : 1
    } catch {
      return 1
    }
  }

  /** Whether an exchange has to work: nobody has done anything to it, nor to the server. */
  isWell(record: ModelledResource<R>): boolean {
    return this.bench.server.isWell && !record.isKilled && !record.isReported && !record.isEnded
  }

  /** Notes what showed where nothing can be thrown; the first stands. */
  violate(invariant: number, what: string): void {
    this.#violation ??= new Violation(invariant, what)
  }

  throwViolation(): void {
    if (this.#violation !== undefined) throw this.#violation
  }

  /** What the server recognises a connection by, it may have to note while that is new. */
  #introduce(resource: R): void {
    const { server } = this.bench
    if (server.isWell && server.can('isOpen')) void server.isOpen(resource).catch(() => {})
  }

  #listen(): void {
    const say = (what: string) => this.timeline.note(what, 'pool')
    this.pool
      .on('connect', ({ connection }) => say(`connection ${connection.id} is open`))
      .on('connectError', ({ connection, error }) => say(`connection ${connection.id} failed to open: ${show(error)}`))
      .on('disconnect', ({ connection, reason, error }) => {
        // A failed open has been told as such.
        if (reason === 'connect-failed') return
        say(`connection ${connection.id} is closed: ${reason}${error === undefined ? '' : `, ${show(error)}`}`)
      })
      .on('error', ({ error, source }) => say(`trouble of ${source}: ${show(error)}`))
  }
}
