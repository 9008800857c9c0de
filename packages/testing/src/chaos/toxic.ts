/** A direction of a proxied connection: what the client sends (`upstream`), or what the server sends (`downstream`). */
export type ToxicStream = 'upstream' | 'downstream'

/** What every toxic but `down` has. */
interface StreamToxic {
  /** By which it is listed. Default: `<type>_<stream>`. One name is used once at a time. */
  readonly name?: string
  /** The direction that it spoils. Default 'downstream'. */
  readonly stream?: ToxicStream
  /** The probability, 0 to 1, with which a connection suffers from it; drawn once per connection. Default 1: all do. */
  readonly toxicity?: number
}

/** Delays all data, and the end of it, by `latency` ± `jitter`; nothing overtakes. It bounds no throughput up to 1 MiB
 * on the way. */
export interface LatencyToxic extends StreamToxic {
  readonly type: 'latency'
  /** ms. No default. */
  readonly latency: number
  /** ms, at most, more or less, drawn for each chunk. Default 0. */
  readonly jitter?: number
}

/** Lets through so much a second and no more. */
export interface BandwidthToxic extends StreamToxic {
  readonly type: 'bandwidth'
  /** kB (1 000 bytes) a second, that is, bytes a ms; more than 0. No default. */
  readonly rate: number
}

/** Cuts data into small pieces, each sent by itself. */
export interface SlicerToxic extends StreamToxic {
  readonly type: 'slicer'
  /** Bytes of a piece; at least 1. No default. */
  readonly averageSize: number
  /** Bytes, at most, more or less; below `averageSize`. Default 0. */
  readonly sizeVariation?: number
  /** ms between pieces (in Toxiproxy, microseconds). Default 0: the clock's next moment. */
  readonly delay?: number
}

/** A blackhole: nothing gets through, neither data nor an end nor a reset. When it is removed, what was sent meanwhile
 * arrives, as after a broken route that heals (Toxiproxy drops it and closes the connection). */
export interface TimeoutToxic extends StreamToxic {
  readonly type: 'timeout'
  /** ms after which the connection is closed, counted from when it began to suffer. 0 never closes it. No default. */
  readonly timeout: number
}

/** Resets the connection, towards client and server, in whichever stream it stands. */
export interface ResetPeerToxic extends StreamToxic {
  readonly type: 'reset_peer'
  /** ms after which it is reset, counted from when it began to suffer (in Toxiproxy, from its first data). Default 0: at
   * once. */
  readonly timeout?: number
}

/** Delays the end of the data: FIN comes late, or the close that a toxic before it decides. */
export interface SlowCloseToxic extends StreamToxic {
  readonly type: 'slow_close'
  /** ms. No default. */
  readonly delay: number
}

/** Closes the connection after so many bytes, counted from when it began to suffer. They do arrive. */
export interface LimitDataToxic extends StreamToxic {
  readonly type: 'limit_data'
  /** 0 closes at the first byte. No default. */
  readonly bytes: number
}

/** The server is gone: connections are reset and new ones refused, while the proxy keeps its port. Once removed, it
 * listens there again. (In Toxiproxy no toxic but a proxy that is not `enabled`.) */
export interface DownToxic {
  readonly type: 'down'
  /** By which it is listed. Default 'down'. */
  readonly name?: string
}

/** What can be done to the connections of a proxy, in the words of [Toxiproxy](https://github.com/Shopify/toxiproxy):
 * its types by its names, attributes in camel case beside them. Times are ms. */
export type Toxic =
  | LatencyToxic
  | BandwidthToxic
  | SlicerToxic
  | TimeoutToxic
  | ResetPeerToxic
  | SlowCloseToxic
  | LimitDataToxic
  | DownToxic

/** A toxic with nothing left out. */
export type CompleteToxic = Toxic extends infer T ? (T extends Toxic ? Required<T> : never) : never

/** A toxic that spoils the data on its way. */
export type CompleteStreamToxic = Exclude<CompleteToxic, { type: 'down' }>
