import type { Clock } from '@millpond/core'
import { DelayLine } from './delay-line.js'
import type { Packet, Stage, StageContext } from './stage.js'

export class LatencyStage implements Stage {
  readonly #clock: Clock
  readonly #context: StageContext
  readonly #delay: () => number
  readonly #line: DelayLine

  /** `delay` draws the delay of one packet, in ms. */
  constructor(clock: Clock, context: StageContext, delay: () => number) {
    this.#clock = clock
    this.#context = context
    this.#delay = delay
    this.#line = new DelayLine(clock, (packet) => context.pass(packet))
  }

  take(packet: Packet): void {
    if (packet === 'reset') this.#context.pass(packet)
    else this.#line.hold(packet, this.#clock.now() + this.#delay())
  }

  release(): void {
    this.#line.release()
  }

  discard(): void {
    this.#line.discard()
  }
}
