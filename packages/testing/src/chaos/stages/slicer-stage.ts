import type { Clock } from '@millpond/core'
import { DelayLine } from './delay-line.js'
import type { Packet, Stage, StageContext } from './stage.js'

/** Sends one piece a turn at most: the receiver would find several in one read. */
const NEXT_TURN = 1

export class SlicerStage implements Stage {
  readonly #clock: Clock
  readonly #context: StageContext
  readonly #size: () => number
  readonly #delay: number
  readonly #line: DelayLine

  /** `size` draws the bytes of one piece; `delay` is ms between two. */
  constructor(clock: Clock, context: StageContext, size: () => number, delay: number) {
    this.#clock = clock
    this.#context = context
    this.#size = size
    this.#delay = Math.max(delay, NEXT_TURN)
    this.#line = new DelayLine(clock, (packet) => context.pass(packet))
  }

  take(packet: Packet): void {
    if (packet === 'reset') this.#context.pass(packet)
    else if (typeof packet === 'string') this.#line.hold(packet, this.#clock.now())
    else this.#slice(packet)
  }

  release(): void {
    this.#line.release()
  }

  discard(): void {
    this.#line.discard()
  }

  #slice(data: Buffer): void {
    let at = 0
    while (at < data.length) {
      const end = at + this.#size()
      this.#line.hold(data.subarray(at, end), Math.max(this.#clock.now(), this.#line.lastDue + this.#delay))
      at = end
    }
  }
}
