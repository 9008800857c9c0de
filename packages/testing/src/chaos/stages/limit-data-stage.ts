import type { Packet, Stage, StageContext } from './stage.js'

export class LimitDataStage implements Stage {
  readonly #context: StageContext
  #left: number
  #closed = false

  constructor(context: StageContext, bytes: number) {
    this.#context = context
    this.#left = bytes
  }

  take(packet: Packet): void {
    if (typeof packet === 'string') this.#context.pass(packet)
    else if (this.#closed) this.#context.drop(packet.length)
    else this.#count(packet)
  }

  release(): void {}

  discard(): void {}

  #count(data: Buffer): void {
    const within = data.subarray(0, this.#left)
    this.#left -= within.length
    if (within.length > 0) this.#context.pass(within)
    if (this.#left > 0) return
    this.#closed = true
    this.#context.drop(data.length - within.length)
    this.#context.pass('close')
  }
}
