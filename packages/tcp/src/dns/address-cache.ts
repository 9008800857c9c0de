import type { LookupAddress } from 'node:dns'
import type { Clock } from '@millpond/core'
import type { ResolvedDns } from './dns-options.js'
import { lookUp } from './look-up.js'

/** ms for which an open waits for new addresses while old ones are known (RFC 8767, section 5: client response timer). */
const PATIENCE = 1_800
/** ms at most after a failed lookup until the next (RFC 8767, section 5: failure recheck timer). */
const RECHECK = 30_000
/** ms after which a lookup that has not come back is not waited for by others (RFC 8767: query resolution timer). */
export const LOST = 30_000

type Addresses = readonly LookupAddress[]

/** What somebody waits for, who may cease to. */
interface Answer {
  readonly addresses: Promise<Addresses>
  cancel(): void
}

interface Question {
  readonly at: number
  readonly answer: Promise<Addresses>
}

/** The addresses of one name: asked for once for all who want them, kept for `maxAge`, and beyond it while lookups fail. */
export class AddressCache {
  readonly #host: string
  readonly #dns: ResolvedDns
  readonly #clock: Clock
  readonly #onAnswer: (addresses: Addresses) => void
  #known: Addresses | undefined
  #expiresAt = Number.NEGATIVE_INFINITY
  #question: Question | undefined

  constructor(host: string, dns: ResolvedDns, clock: Clock, onAnswer: (addresses: Addresses) => void = () => {}) {
    this.#host = host
    this.#dns = dns
    this.#clock = clock
    this.#onAnswer = onAnswer
  }

  /** ms of the clock when they have to be asked for again. */
  get expiresAt(): number {
    return this.#expiresAt
  }

  /** Resolves with the addresses; rejects with the lookup's error while none are known. */
  addresses(): Answer {
    const known = this.#known
    if (known !== undefined && this.#clock.now() < this.#expiresAt) return withoutTimer(Promise.resolve(known))
    const answer = this.refresh()
    return known === undefined ? withoutTimer(answer) : this.#orKnown(answer, known)
  }

  /** Asks, unless somebody has asked already. */
  refresh(): Promise<Addresses> {
    const at = this.#clock.now()
    if (this.#question !== undefined && at - this.#question.at < LOST) return this.#question.answer
    const question: Question = { at, answer: lookUp(this.#host, this.#dns.lookup) }
    this.#question = question
    question.answer.then(
      (addresses) => this.#settle(question, addresses),
      () => this.#settle(question, undefined),
    )
    return question.answer
  }

  /** None of them has answered: the next open asks again. */
  expire(): void {
    this.#expiresAt = Number.NEGATIVE_INFINITY
  }

  #settle(question: Question, addresses: Addresses | undefined): void {
    // Given up for lost; who asked after it knows better.
    if (this.#question !== question) return
    this.#question = undefined
    const { maxAge } = this.#dns
    this.#expiresAt = this.#clock.now() + (addresses === undefined ? Math.min(maxAge, RECHECK) : maxAge)
    if (addresses === undefined) return
    this.#known = addresses
    this.#onAnswer(addresses)
  }

  /** The answer, or what is known when that fails or takes too long. */
  #orKnown(answer: Promise<Addresses>, known: Addresses): Answer {
    const patience = PATIENCE - (this.#clock.now() - (this.#question?.at ?? 0))
    if (patience <= 0) return withoutTimer(Promise.resolve(known))
    let timer: unknown
    const cancel = () => this.#clock.clearTimeout(timer)
    const addresses = new Promise<Addresses>((resolve) => {
      timer = this.#clock.setTimeout(() => resolve(known), patience)
      this.#clock.unref?.(timer)
      const settle = (found: Addresses) => {
        cancel()
        resolve(found)
      }
      answer.then(settle, () => settle(known))
    })
    return { addresses, cancel }
  }
}

function withoutTimer(addresses: Promise<Addresses>): Answer {
  return { addresses, cancel: () => {} }
}
