import type { Clock } from '@millpond/core'
import { DelayLine } from './delay-line.js'
import type { Packet, Stage, StageContext } from './stage.js'

/** ms for which one piece may occupy the line, so that a slow line drips rather than gushes. */
const PIECE = 100

export class BandwidthStage implements Stage {
  readonly #clock: Clock
  readonly #context: StageContext
  readonly #rate: number
  readonly #line: DelayLine

  /** `rate` in bytes a ms. */
  constructor(clock: Clock, context: StageContext, rate: number) {
    this.#clock = clock
    this.#context = context
    this.#rate = rate
    this.#line = new DelayLine(clock, (packet) => context.pass(packet))
  }

  take(packet: Packet): void {
    if (packet === 'reset') this.#context.pass(packet)
    else if (typeof packet === 'string') this.#line.hold(packet, this.#freeAt())
    else this.#transmit(packet)
  }

  release(): void {
    this.#line.release()
  }

  discard(): void {
    this.#line.discard()
  }

  #transmit(data: Buffer): void {
    const size = Math.max(1, Math.floor(this.#rate * PIECE))
    for (let at = 0; at < data.length; at += size) {
      const piece = data.subarray(at, at + size)
      this.#line.hold(piece, this.#freeAt() + piece.length / this.#rate)
    }
  }

  #freeAt(): number {
    return Math.max(this.#clock.now(), this.#line.lastDue)
  }
}
