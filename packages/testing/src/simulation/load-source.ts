import type { AcquireOptions, Clock } from '@millpond/core'
import { sampler } from './latency.js'
import type { LoadStream } from './load.js'
import { nextArrival } from './next-arrival.js'
import type { Requests, Wanted } from './requests.js'
import type { WaitingLine } from './waiting-line.js'

/** A pool takes no deadline of 0. */
const SHORTEST = 0.001

/** A client that was refused asks again after this many ms at least. */
const BREATH = 1

/** A stream of numbers for each thing that is drawn. */
export interface DrawnFrom {
  readonly arrivals: () => number
  readonly service: () => number
  readonly patience: () => number
  readonly choice: () => number
}

/** Lets the requests of one stream come. What they want is drawn when they come, so that the same seed brings the same
 * requests to whatever pool. */
export class LoadSource {
  readonly #stream: LoadStream
  readonly #clock: Clock
  readonly #requests: Requests
  readonly #duration: number
  readonly #lines: readonly (readonly WaitingLine[])[]
  readonly #service: () => number
  readonly #patience: (() => number) | undefined
  readonly #choose: () => number
  readonly #arrivals: () => number
  /** Where all requests of a line are alike, their options are made once. */
  readonly #options = new Map<WaitingLine, AcquireOptions | undefined>()

  constructor(
    stream: LoadStream,
    lineOf: (of: Pick<WaitingLine, 'client' | 'key' | 'priority' | 'fresh'>) => WaitingLine,
    requests: Requests,
    clock: Clock,
    duration: number,
    random: DrawnFrom,
  ) {
    this.#stream = stream
    this.#clock = clock
    this.#requests = requests
    this.#duration = duration
    this.#arrivals = random.arrivals
    this.#service = sampler(stream.service, random.service)
    this.#patience = stream.patience === undefined ? undefined : sampler(stream.patience, random.patience)
    this.#choose = random.choice
    const { priority = 0, fresh = 0 } = stream
    const clients = stream.client === undefined ? [undefined] : [stream.client].flat()
    const keys = [stream.key ?? ''].flat()
    const lines = (fresh: boolean) =>
      clients.flatMap((client) => keys.map((key) => lineOf({ client, key, priority, fresh })))
    this.#lines = fresh > 0 ? [lines(false), lines(true)] : [lines(false)]
  }

  start(): void {
    const { arrivals } = this.#stream
    if (arrivals.kind === 'closed') {
      const think = sampler(arrivals.think, this.#arrivals)
      for (let client = 0; client < arrivals.clients; client++) this.#think(think, think())
      return
    }
    const next = nextArrival(arrivals, this.#arrivals)
    const comeAt = (at: number) => {
      if (at <= this.#duration) this.#clock.setTimeout(() => come(at), at - this.#clock.now())
    }
    const come = (at: number) => {
      comeAt(next(at))
      this.#ask(undefined)
    }
    comeAt(next(0))
  }

  /** One client of a closed load: thinks, asks, and begins again when it is done. */
  #think(think: () => number, ms: number): void {
    if (this.#clock.now() + ms > this.#duration) return
    this.#clock.setTimeout(() => {
      this.#ask((served) => this.#think(think, served ? think() : Math.max(BREATH, think())))
    }, ms)
  }

  #ask(done: Wanted['done']): void {
    const { leaves = 'timeout' } = this.#stream
    const line = this.#pickLine()
    const patience = this.#patience?.()
    const end = this.#pickEnd()
    const options = this.#optionsFor(line, leaves === 'timeout' ? patience : undefined)
    this.#requests.ask({ line, service: this.#service(), end, patience, leaves, options, done })
  }

  #pickLine(): WaitingLine {
    const { fresh = 0 } = this.#stream
    const lines = (fresh > 0 && this.#choose() < fresh ? this.#lines[1] : this.#lines[0]) ?? []
    const nth = lines.length === 1 ? 0 : Math.floor(this.#choose() * lines.length)
    return lines[nth] as WaitingLine
  }

  #pickEnd(): Wanted['end'] {
    const { ends } = this.#stream
    if (ends === undefined) return 'release'
    const { retire = 0, destroy = 0 } = ends
    const chance = this.#choose()
    return chance < retire ? 'retire' : chance < retire + destroy ? 'destroy' : 'release'
  }

  #optionsFor(line: WaitingLine, timeout: number | undefined): AcquireOptions | undefined {
    const isAlike = timeout === undefined || typeof this.#stream.patience === 'number'
    if (!isAlike) return optionsOf(line, timeout)
    if (!this.#options.has(line)) this.#options.set(line, optionsOf(line, timeout))
    return this.#options.get(line)
  }
}

function optionsOf({ client, priority, fresh }: WaitingLine, timeout: number | undefined): AcquireOptions | undefined {
  if (timeout === undefined && client === undefined && priority === 0 && !fresh) return undefined
  const options: { -readonly [K in keyof AcquireOptions]: AcquireOptions[K] } = {}
  if (timeout !== undefined) options.timeout = Math.max(timeout, SHORTEST)
  if (client !== undefined) options.client = client
  if (priority !== 0) options.priority = priority
  if (fresh) options.fresh = true
  return options
}
