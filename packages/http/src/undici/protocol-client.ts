import { Client } from 'undici'
import type { ClientConnection } from './client-connection.js'

/** ms: the longest that undici's timer takes. How long a connection rests is the pool's to say. */
const LONGEST = 2 ** 31 - 1

/** What a `Client` is told of HTTP. */
export type ProtocolOptions = Pick<
  Client.Options,
  'headersTimeout' | 'bodyTimeout' | 'maxHeaderSize' | 'maxResponseSize' | 'strictContentLength' | 'pipelining'
>

/** An undici `Client` that speaks on the connection's socket, and never opens one. */
export function clientOn(connection: ClientConnection, options: ProtocolOptions): Client {
  return new Client(connection.target.url, {
    ...options,
    allowH2: false,
    keepAliveTimeout: LONGEST,
    keepAliveMaxTimeout: LONGEST,
    keepAliveTimeoutThreshold: 0,
    connect: (_, callback) => connection.attach(callback),
  })
}
