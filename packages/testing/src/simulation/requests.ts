import type { AcquireOptions, Clock, Lease } from '@millpond/core'
import { lateness } from './lateness.js'
import { Request } from './request.js'
import { RequestBooks } from './request-books.js'
import type { SimulatedPool } from './simulated-pool.js'
import type { SimulatedResource } from './simulated-resource.js'
import type { WaitingLine } from './waiting-line.js'
import { whyRefused } from './why-refused.js'

/** What a request wants, drawn when it comes. */
export interface Wanted {
  readonly line: WaitingLine
  readonly service: number
  readonly end: 'release' | 'retire' | 'destroy'
  /** ms; undefined for the pool's own. */
  readonly patience: number | undefined
  readonly leaves: 'timeout' | 'abort'
  /** Without a signal: made once where all requests of a stream are alike. */
  readonly options: AcquireOptions | undefined
  readonly done: ((served: boolean) => void) | undefined
}

export interface RequestsOptions {
  readonly clock: Clock
  readonly pool: SimulatedPool
  readonly warmup: number
  readonly duration: number
  /** The pool's `acquire.timeout`; `Infinity` where it is not known. */
  readonly patience: number
  /** Who of a line is served first; undefined where it is not known. */
  readonly order: 'fifo' | 'lifo' | undefined
  /** Leases may be taken away: then each borrower listens to its lease's signal. */
  readonly revokes: boolean
  readonly violate: (invariant: number, message: string) => void
}

/** Everybody who asks the pool for connections, and what can be seen of the pool from there. */
export class Requests {
  readonly books = new RequestBooks()
  readonly booksOf = new Map<string, RequestBooks>()
  readonly lines = new Set<WaitingLine>()
  /** Not settled. */
  pending = 0
  /** Lent, and not given back. */
  leased = 0
  readonly leasesOf = new Map<string, number>()
  /** When something was last lent or given back. */
  lastChangeAt = 0
  /** Completed so far, counted or not. */
  completed = 0
  /** ms for which something was lent, within the time that counts. */
  busy = 0
  /** Requests completed within the time that counts. */
  completedInTime = 0
  readonly #options: RequestsOptions

  constructor(options: RequestsOptions) {
    this.#options = options
  }

  ask(wanted: Wanted): void {
    const { clock, pool, warmup, patience } = this.#options
    const { line, service, end, done } = wanted
    const since = clock.now()
    // Who leaves by its signal leaves the pool's own deadline as it is.
    const deadline = wanted.leaves === 'abort' ? patience : (wanted.patience ?? patience)
    const request = new Request(since, deadline, service, end, line, since >= warmup, done)
    this.pending++
    line.join(request)
    if (request.counts) this.#count(line, asked)
    const promise = pool.acquire(
      line.key,
      wanted.leaves === 'abort' ? this.#withSignal(request, wanted) : wanted.options,
    )
    promise.then(
      (lease) => this.#granted(request, lease),
      (error) => this.#refused(request, error),
    )
  }

  #withSignal(request: Request, { options, patience = 0 }: Wanted): AcquireOptions {
    const aborter = new AbortController()
    request.withdrawal = this.#options.clock.setTimeout(() => aborter.abort(), patience)
    return { ...options, signal: aborter.signal }
  }

  #granted(request: Request, lease: Lease<SimulatedResource>): void {
    const { clock } = this.#options
    const { line } = request
    const now = clock.now()
    this.#checkTurn(request)
    this.#settle(request, now)
    if (request.counts) {
      this.#count(line, granted)
      this.books.wait.record(now - request.since)
      if (line.client !== undefined) this.#booksOf(line.client).wait.record(now - request.since)
    }
    const resource = this.#resourceOf(lease, line)
    if (resource === undefined) return
    request.grantedAt = now
    this.lastChangeAt = now
    this.leased++
    if (line.client !== undefined) this.#lend(line.client, 1)
    resource.borrow(line.name)
    if (this.#options.revokes)
      lease.signal.addEventListener('abort', () => this.#cutOff(request, resource), { once: true })
    clock.setTimeout(() => this.#finish(request, lease, resource), request.service)
  }

  #resourceOf(lease: Lease<SimulatedResource>, { name }: WaitingLine): SimulatedResource | undefined {
    try {
      return lease.resource
    } catch (error) {
      this.#options.violate(1, `${name} was granted a lease without a resource: ${error}`)
      return undefined
    }
  }

  /** The lease was taken away, or its connection is gone: the borrower lets go at once, and notices later. */
  #cutOff(request: Request, resource: SimulatedResource): void {
    if (request.isOver) return
    request.isCutOff = true
    resource.giveBack(request.line.name)
  }

  #finish(request: Request, lease: Lease<SimulatedResource>, resource: SimulatedResource): void {
    const { clock, warmup, duration } = this.#options
    const { line, grantedAt } = request
    const now = clock.now()
    this.leased--
    if (line.client !== undefined) this.#lend(line.client, -1)
    this.busy += Math.max(0, Math.min(now, duration) - Math.max(grantedAt, warmup))
    request.isOver = true
    this.lastChangeAt = now
    const isWhole = resource.state === 'open' && !request.isCutOff
    if (isWhole) {
      this.completed++
      if (now >= warmup && now <= duration) this.completedInTime++
    }
    if (request.counts) this.#finished(request, now, isWhole)
    if (!request.isCutOff) resource.giveBack(line.name)
    // Whoever uses a connection notices that it is gone.
    if (isWhole) lease[request.end]()
    else lease.destroy()
    request.done?.(true)
  }

  #finished({ line, since }: Request, now: number, isWhole: boolean): void {
    this.#count(line, isWhole ? completed : broken)
    if (!isWhole) return
    this.books.total.record(now - since)
    if (line.client !== undefined) this.#booksOf(line.client).total.record(now - since)
  }

  #refused(request: Request, error: unknown): void {
    const now = this.#options.clock.now()
    this.#settle(request, now)
    const reason = whyRefused(error)
    if (reason === undefined) {
      this.#options.violate(3, `a request of ${request.line.name} failed with what is no PoolError: ${error}`)
    } else {
      if (reason === 'timeout' && now - request.since < request.patience - 1e-6) {
        this.#options.violate(
          3,
          `a request of ${request.line.name} timed out after ${now - request.since} ms of ${request.patience}`,
        )
      }
      if (request.counts) this.#count(request.line, (books) => books.reject(reason))
    }
    request.done?.(false)
  }

  #settle(request: Request, now: number): void {
    const waited = now - request.since
    if (request.withdrawal !== undefined) this.#options.clock.clearTimeout(request.withdrawal)
    this.pending--
    request.line.leave(request)
    if (waited > request.patience + lateness(request.patience)) {
      this.#options.violate(
        3,
        `a request of ${request.line.name} settled after ${waited} ms of at most ${request.patience}`,
      )
    }
  }

  #checkTurn(request: Request): void {
    const { order, violate } = this.#options
    if (order === undefined) return
    const { line } = request
    // Of those who want a fresh connection the longest waiting is always next.
    const next = order === 'fifo' || line.fresh ? line.first : line.last
    if (next === request || next === undefined) return
    // One that asks at this moment may have been granted its connection while it asked, and hears of it last.
    if (order === 'lifo' && next.since === this.#options.clock.now()) return
    violate(5, `of ${line.name}, who asked at ${request.since} ms is served before who asked at ${next.since}`)
  }

  #lend(client: string, change: number): void {
    this.leasesOf.set(client, (this.leasesOf.get(client) ?? 0) + change)
  }

  #count(line: WaitingLine, change: (books: RequestBooks) => void): void {
    change(this.books)
    if (line.client !== undefined) change(this.#booksOf(line.client))
  }

  #booksOf(client: string): RequestBooks {
    let books = this.booksOf.get(client)
    if (books === undefined) {
      books = new RequestBooks()
      this.booksOf.set(client, books)
    }
    return books
  }
}

const asked = (books: RequestBooks) => void books.asked++
const granted = (books: RequestBooks) => void books.granted++
const completed = (books: RequestBooks) => void books.completed++
const broken = (books: RequestBooks) => void books.broken++
