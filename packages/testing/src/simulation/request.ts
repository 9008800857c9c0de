import type { InLine, WaitingLine } from './waiting-line.js'

/** One that asks for a connection, from then until it has given it back or was refused: a node of its waiting line. */
export class Request implements InLine {
  readonly since: number
  /** ms it waits at most. */
  readonly patience: number
  /** ms it will hold its connection. */
  readonly service: number
  /** How it gives it back. */
  readonly end: 'release' | 'retire' | 'destroy'
  readonly line: WaitingLine
  /** Counted in the report. */
  readonly counts: boolean
  /** Called when it is done, or was refused. */
  readonly done: ((served: boolean) => void) | undefined
  next: InLine | undefined
  previous: InLine | undefined
  /** The timer of the moment at which it withdraws. */
  withdrawal: unknown
  grantedAt = 0
  /** Its lease was taken away. */
  isCutOff = false
  /** It has given its connection back. */
  isOver = false

  constructor(
    since: number,
    patience: number,
    service: number,
    end: 'release' | 'retire' | 'destroy',
    line: WaitingLine,
    counts: boolean,
    done: ((served: boolean) => void) | undefined,
  ) {
    this.since = since
    this.patience = patience
    this.service = service
    this.end = end
    this.line = line
    this.counts = counts
    this.done = done
    this.next = undefined
    this.previous = undefined
    this.withdrawal = undefined
  }
}
