import { type Clock, InvalidOptionError } from '@millpond/core'
import { duration } from '@millpond/core/kit'
import { errors } from 'undici'
import type { DispatcherCore } from './dispatcher-core.js'

const timeouts = duration(Number.POSITIVE_INFINITY)

/** How a dispatcher ends, as undici's do: `close` serves what was asked for, `destroy` does not. */
export class Ending {
  readonly #core: DispatcherCore
  readonly #clock: Clock
  #closing: Promise<void> | undefined
  #destroying: Promise<void> | undefined
  #whenQuiet: (() => void) | undefined
  isClosing = false
  isDestroyed = false

  constructor(core: DispatcherCore, clock: Clock) {
    this.#core = core
    this.#clock = clock
  }

  /** No request is under way any more. */
  quiet(): void {
    this.#whenQuiet?.()
  }

  close(timeout: number = timeouts.fallback): Promise<void> {
    if (!timeouts.accepts(timeout)) {
      return Promise.reject(new InvalidOptionError('close.timeout', timeout, timeouts.allowed))
    }
    if (this.#destroying !== undefined) return Promise.reject(new errors.ClientDestroyedError())
    this.isClosing = true
    this.#closing ??= this.#drain(timeout)
    return this.#closing
  }

  destroy(error: Error = new errors.ClientDestroyedError()): Promise<void> {
    this.isClosing = true
    this.isDestroyed = true
    if (this.#destroying === undefined) {
      this.#core.open.destroyedWith = error
      this.#destroying = this.#core.end(this.#core.pool.destroy(error))
      this.quiet()
    }
    return this.#destroying
  }

  async #drain(timeout: number): Promise<void> {
    this.#core.settle()
    if (this.#core.traffic.active > 0) await this.#quietOrLate(timeout)
    // Destroyed meanwhile: there is nothing left to wait for but that.
    if (this.#destroying === undefined) {
      this.#destroying = this.#core.end(this.#core.pool.close())
      await this.#destroying
      this.isDestroyed = true
    } else await this.#destroying
  }

  #quietOrLate(timeout: number): Promise<void> {
    return new Promise((resolve) => {
      const timer =
        timeout === Number.POSITIVE_INFINITY
          ? undefined
          : this.#clock.setTimeout(() => void this.destroy(new errors.ClientDestroyedError()), timeout)
      this.#whenQuiet = () => {
        this.#whenQuiet = undefined
        if (timer !== undefined) this.#clock.clearTimeout(timer)
        resolve()
      }
    })
  }
}
