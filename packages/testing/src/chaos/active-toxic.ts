import type { Clock } from '@millpond/core'
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64'
import type { JumpableRandomGenerator } from 'pure-rand/types/JumpableRandomGenerator'
import { makeStage } from './stages/make-stage.js'
import type { Stage, StageContext } from './stages/stage.js'
import type { CompleteStreamToxic } from './toxic.js'

/** A toxic in force. Who suffers from it is a function of the seed, of how many toxics were added before it, and of the
 * connection's number: not of when it was added, nor of who else is there. */
export class ActiveToxic {
  readonly toxic: CompleteStreamToxic
  readonly #clock: Clock
  readonly #fates: JumpableRandomGenerator
  readonly #random: JumpableRandomGenerator
  #drawn = 0

  /** `root` is left one sequence further, for the next toxic. */
  constructor(toxic: CompleteStreamToxic, clock: Clock, root: JumpableRandomGenerator) {
    this.toxic = toxic
    this.#clock = clock
    this.#fates = nextSequence(root)
    this.#random = nextSequence(root)
  }

  /** Asked once for each connection that it may concern, in the order of their numbers: 1, 2, 3 … */
  strikes(connection: number): boolean {
    let draw = 1
    for (; this.#drawn < connection; this.#drawn++) draw = uniformFloat64(this.#fates)
    return draw < this.toxic.toxicity
  }

  stage(context: StageContext): Stage {
    return makeStage(this.toxic, context, this.#clock, this.#random)
  }
}

/** Jumps first: the beginning of the root's own sequence says little more than its seed. */
function nextSequence(root: JumpableRandomGenerator): JumpableRandomGenerator {
  root.jump()
  return root.clone()
}
