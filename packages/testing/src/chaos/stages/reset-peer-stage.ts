import type { Clock } from '@millpond/core'
import type { Packet, Stage, StageContext } from './stage.js'

export class ResetPeerStage implements Stage {
  readonly #clock: Clock
  readonly #context: StageContext
  readonly #timeout: number
  #timer: unknown

  /** `timeout` in ms; 0 is at once. */
  constructor(clock: Clock, context: StageContext, timeout: number) {
    this.#clock = clock
    this.#context = context
    this.#timeout = timeout
  }

  start(): void {
    if (this.#timeout === 0) this.#context.pass('reset')
    else this.#timer = this.#clock.setTimeout(() => this.#context.pass('reset'), this.#timeout)
  }

  take(packet: Packet): void {
    this.#context.pass(packet)
  }

  release(): void {
    this.discard()
  }

  discard(): void {
    if (this.#timer !== undefined) this.#clock.clearTimeout(this.#timer)
    this.#timer = undefined
  }
}
