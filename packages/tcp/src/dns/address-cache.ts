import type { LookupAddress } from 'node:dns'
import type { Clock } from '@millpond/core'
import type { ResolvedDns } from './dns-options.js'
import { lookUp } from './look-up.js'

/** ms for which an open waits for new addresses while old ones are known (RFC 8767, section 5: client response timer). */
const PATIENCE = 1_800
/** ms at most after a failed lookup until the next (RFC 8767, section 5: failure recheck timer). */
const RECHECK = 30_000
/** ms after which a lookup that has not come back is not waited for by others (RFC 8767: query resolution timer). */
const LOST = 30_000

interface Question {
  readonly at: number
  readonly answer: Promise<readonly LookupAddress[]>
}

/** The addresses of one name: asked for once for all who want them, kept for `maxAge`, and beyond it while lookups fail. */
export class AddressCache {
  readonly #host: string
  readonly #dns: ResolvedDns
  readonly #clock: Clock
  readonly #onAnswer: (addresses: readonly LookupAddress[]) => void
  #known: readonly LookupAddress[] | undefined
  #expiresAt = Number.NEGATIVE_INFINITY
  #question: Question | undefined

  constructor(
    host: string,
    dns: ResolvedDns,
    clock: Clock,
    onAnswer: (addresses: readonly LookupAddress[]) => void = () => {},
  ) {
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
  addresses(): Promise<readonly LookupAddress[]> {
    const known = this.#known
    if (known !== undefined && this.#clock.now() < this.#expiresAt) return Promise.resolve(known)
    const answer = this.refresh()
    return known === undefined ? answer : this.#orKnown(answer, known)
  }

  /** Asks, unless somebody has asked already. */
  refresh(): Promise<readonly LookupAddress[]> {
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

  #settle(question: Question, addresses: readonly LookupAddress[] | undefined): void {
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
  #orKnown(
    answer: Promise<readonly LookupAddress[]>,
    known: readonly LookupAddress[],
  ): Promise<readonly LookupAddress[]> {
    return new Promise((resolve) => {
      const waited = this.#clock.now() - (this.#question?.at ?? 0)
      const settle = (addresses: readonly LookupAddress[]) => {
        this.#clock.clearTimeout(timer)
        resolve(addresses)
      }
      const timer = this.#clock.setTimeout(() => resolve(known), Math.max(0, PATIENCE - waited))
      this.#clock.unref?.(timer)
      answer.then(settle, () => settle(known))
    })
  }
}
