import type net from 'node:net'
import { clientOf } from './client-address.js'
import type { ClientTable } from './client-table.js'
import type { GuardEmitter } from './guard-emitter.js'
import type { ResolvedGuardOptions } from './guard-options.js'
import type { RefuseReason } from './guard-stats.js'

/** The connections that newcomers would join. */
export interface Occupancy {
  readonly size: number
  /** Ends an idle one for a newcomer's sake; false where there is none to end. */
  makeRoom(): boolean
}

/** Who is let in. */
export class Admission {
  /** Connections are let in at all. */
  isOpen = true
  readonly #options: ResolvedGuardOptions
  readonly #emitter: GuardEmitter
  readonly #clients: ClientTable
  readonly #occupancy: Occupancy

  constructor(options: ResolvedGuardOptions, emitter: GuardEmitter, clients: ClientTable, occupancy: Occupancy) {
    this.#options = options
    this.#emitter = emitter
    this.#clients = clients
    this.#occupancy = occupancy
  }

  /** Whether one more may come in, which may cost an idle one its place; else why not. */
  refusal(client: string | undefined): RefuseReason | undefined {
    const { max, perClient, evictIdle } = this.#options
    if (!this.isOpen) return 'closing'
    if (client !== undefined && this.#clients.count(client) >= perClient.max) return 'client'
    if (this.#occupancy.size < max) return undefined
    return evictIdle && this.#occupancy.makeRoom() ? undefined : 'max'
  }

  /** Whose a socket is; undefined when clients have no limit. */
  clientOf(socket: net.Socket): string | undefined {
    const { max, key } = this.#options.perClient
    if (max === Number.POSITIVE_INFINITY && key === undefined) return undefined
    if (key === undefined) return clientOf(socket.remoteAddress)
    try {
      return String(key(socket))
    } catch (error) {
      this.#emitter.trouble('key', error)
      return clientOf(socket.remoteAddress)
    }
  }
}
