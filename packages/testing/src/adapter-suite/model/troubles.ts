import { setTimeout as sleep } from 'node:timers/promises'
import { delivered, eventually } from '../eventually.js'
import type { ModelledPool } from './modelled-pool.js'
import type { ModelledResource } from './modelled-resource.js'

/** ms that this side gets to notice a kill, unless it shows before that it has. */
const NOTICE = 120

/** What is done to the server, and by it. */
export class Troubles<R> {
  readonly #model: ModelledPool<R>

  constructor(model: ModelledPool<R>) {
    this.#model = model
  }

  async kill(record: ModelledResource<R> | undefined, which: 'lent' | 'idle'): Promise<void> {
    const { server } = this.#model.bench
    // A silent server ends nothing.
    if (record === undefined || record.isKilled || server.isStopped || server.isSilent) return
    this.#model.timeline.note(`the server ends connection ${record.connection}, which is ${which}`)
    record.isKilled = true
    await server.kill(record.resource)
    await this.#noticed(record, which === 'idle')
  }

  async refuse(on: boolean): Promise<void> {
    const { server } = this.#model.bench
    if (server.isStopped || server.isRefusing === on) return
    await this.heal()
    if (!on) return
    this.#model.timeline.note('the server refuses new connections')
    await server.refuse(true)
  }

  async blackhole(on: boolean): Promise<void> {
    const { server } = this.#model.bench
    if (server.isStopped || server.isSilent === on) return
    await this.heal()
    if (!on) return
    this.#model.timeline.note('the server falls silent')
    await server.blackhole(true)
  }

  async stop(): Promise<void> {
    const { bench, resources, timeline } = this.#model
    if (bench.server.isStopped) return
    await this.heal()
    timeline.note('the server is stopped')
    const records = resources.filter((record) => !record.isKilled)
    for (const record of records) record.isKilled = true
    await bench.server.stop()
    const idle = new Set(this.#model.idle())
    await Promise.all(records.map((record) => this.#noticed(record, idle.has(record))))
  }

  async start(): Promise<void> {
    if (this.#model.bench.server.isStopped) await this.heal()
  }

  async heal(): Promise<void> {
    const { server } = this.#model.bench
    if (server.isWell) return
    this.#model.timeline.note('the server is well again')
    await server.heal()
  }

  /** Gives this side time to notice; what has had it must not be lent. */
  async #noticed(record: ModelledResource<R>, isIdle: boolean): Promise<void> {
    const { bench, program } = this.#model
    const { adapter } = bench
    const hasShown = () => record.isEnded || record.isReported || bench.isUsable(record.resource) === false
    if (adapter.isUsable !== undefined || adapter.watch !== undefined) {
      await eventually(hasShown, NOTICE)
      record.isKnownDead = true
    } else if (adapter.check !== undefined && isIdle && program.options.health?.after === 0) {
      // A check is due once it has been idle, and unchecked, for more than 10 ms.
      await sleep(15)
      record.isKnownDead = true
    }
    await delivered()
  }
}
