import type { Lease } from '@millpond/core'
import { formatOrigin } from '../agent/origin.js'
import { WaitingLine } from './waiting-line.js'

/** What a target knows of a request that waits. */
interface Waiting {
  readonly isOver: boolean
}

/** Where a request's connection leads: requests with the same key share connections. */
export class DispatchTarget {
  readonly url: URL
  readonly secure: boolean
  /** As `flush` and `stats` name it: `https://example.org:443`. */
  readonly origin: string
  /** The name that the far end must prove, where a request asks for another than its origin's. */
  readonly servername: string | null
  readonly key: string
  /** What requests have called it. */
  names: readonly string[] = []
  /** Connections, opens and waiting requests. */
  holders = 0
  /** Waiting requests. */
  queued = 0
  /** Requests under way, the waiting ones included. */
  active = 0
  /** The waiting ones that share their places in the pool's queue. */
  readonly line = new WaitingLine<Waiting>()
  /** The lease that the next request of this turn takes over, and those beside it. */
  spare: Lease<unknown> | undefined = undefined
  moreSpare: Lease<unknown>[] | undefined = undefined
  /** `dispatch` has said that there is no room, and not yet that there is. */
  isOwed = false

  constructor(url: URL, servername: string | null) {
    const { hostname, port } = url
    const host = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname
    this.url = url
    this.secure = url.protocol === 'https:'
    this.origin = formatOrigin(this.secure, host, Number(port || (this.secure ? 443 : 80)))
    this.servername = servername
    this.key = keyOf(this.origin, servername)
  }

  /** In messages. */
  get address(): string {
    return this.origin.slice(this.origin.indexOf('//') + 2)
  }
}

/** Begins with the origin, for those who read it in events. */
export function keyOf(origin: string, servername: string | null): string {
  return servername === null ? origin : `${origin}#${servername}`
}
