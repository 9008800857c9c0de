import type http from 'node:http'
import type net from 'node:net'

/**
 * What an agent of Node's own uses of a request beyond its documented face. All of it has been there, under these names,
 * since long before Node 20; Node's agent and the libraries that stand in for it rely on it.
 */
export interface AgentRequest extends Omit<http.ClientRequest, 'destroy' | 'socket'> {
  socket: net.Socket | null
  /** From the next turn on the request uses the socket; with an error, or without a socket, it fails. */
  onSocket(socket: net.Socket | null, error?: Error): void
  /** The head, once it is rendered. */
  readonly _header: string | null
  /** What waits for a socket. */
  readonly outputData: { data: string | Uint8Array | null; encoding?: string; callback?: unknown }[]
  outputSize: number
  readonly finished: boolean
  destroy(error?: Error): this
  reusedSocket: boolean
  shouldKeepAlive: boolean
  readonly res: http.IncomingMessage | null
  readonly timeout?: number
  readonly timeoutCb: (() => void) | null
}

/** What `ClientRequest` leaves on the socket it uses. */
export interface AgentSocket extends net.Socket {
  _httpMessage?: AgentRequest | MutedRequest | null
  readonly parser?: { [callback: number]: unknown } | null
  readonly _handle?: { asyncReset?(resource: object): void } | null
}

/** Stands in for a request that is with its socket no longer: whatever Node says to it on the socket's end, nobody hears. */
export class MutedRequest {
  // Said already, as far as Node knows.
  readonly socket = { _hadError: true }
  readonly res = null
  readonly finished = true
  readonly outputData: unknown[] = []
  destroyed = true
  parser: unknown = null

  emit(): boolean {
    return false
  }
}
