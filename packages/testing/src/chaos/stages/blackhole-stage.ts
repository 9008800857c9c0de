import type { Clock } from '@millpond/core'
import type { Packet, Stage, StageContext } from './stage.js'

export class BlackholeStage implements Stage {
  readonly #clock: Clock
  readonly #context: StageContext
  readonly #timeout: number
  #held: Packet[] = []
  #timer: unknown
  #timedOut = false

  /** `timeout` in ms; 0 is never. */
  constructor(clock: Clock, context: StageContext, timeout: number) {
    this.#clock = clock
    this.#context = context
    this.#timeout = timeout
  }

  start(): void {
    if (this.#timeout > 0) this.#timer = this.#clock.setTimeout(() => this.#onTimeout(), this.#timeout)
  }

  take(packet: Packet): void {
    if (!this.#timedOut) this.#held.push(packet)
    else if (typeof packet !== 'string') this.#context.drop(packet.length)
  }

  release(): void {
    const held = this.#held
    this.discard()
    for (const packet of held) this.#context.pass(packet)
  }

  discard(): void {
    this.#held = []
    if (this.#timer !== undefined) this.#clock.clearTimeout(this.#timer)
    this.#timer = undefined
  }

  #onTimeout(): void {
    this.#timedOut = true
    for (const packet of this.#held) if (typeof packet !== 'string') this.#context.drop(packet.length)
    this.discard()
    this.#context.pass('close')
  }
}
