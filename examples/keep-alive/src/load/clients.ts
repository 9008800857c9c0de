import { setTimeout as sleep } from 'node:timers/promises'
import type { Options } from '../options.js'
import { Request } from './request.js'

/** How requests get their connection: from a pool, or each its own. */
export interface Access {
  /** Resolves when the request was answered, and rejects with why it was not. */
  ask(request: Request): Promise<void>
  /** How many requests wait for a connection. */
  readonly waiting: number
  close(timeout: number): Promise<void>
}

/** The load: each client asks, thinks, and asks again, until told to stop. */
export class Clients {
  readonly requests: Request[] = []
  /** In the order in which they were settled. */
  readonly settled: Request[] = []
  readonly #running: Promise<unknown>
  #stopped = false

  constructor(access: Access, { clients, think, deadline }: Options, onFailure: (error: unknown) => void) {
    const live = async () => {
      while (!this.#stopped) {
        await sleep(2 * think * Math.random())
        const request = new Request(this.requests.length, deadline)
        this.requests.push(request)
        try {
          await access.ask(request)
        } catch (error) {
          request.fail(error)
          onFailure(error)
        }
        this.settled.push(request)
      }
    }
    this.#running = Promise.all(Array.from({ length: clients }, live))
  }

  /** Resolves when every request that was begun is settled. */
  async stop(): Promise<void> {
    this.#stopped = true
    await this.#running
  }
}
