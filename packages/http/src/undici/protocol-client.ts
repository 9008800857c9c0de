import { type buildConnector, Client } from 'undici'

/** ms: the longest that undici's timer takes. How long a connection rests is the pool's to say. */
const LONGEST = 2 ** 31 - 1

/** What a `Client` is told of HTTP. */
export type ProtocolOptions = Pick<
  Client.Options,
  'headersTimeout' | 'bodyTimeout' | 'maxHeaderSize' | 'maxResponseSize' | 'strictContentLength' | 'pipelining'
>

/** An undici `Client` that speaks on the socket it is given. */
export function protocolClient(origin: URL, options: ProtocolOptions, connect: buildConnector.connector): Client {
  return new Client(origin, {
    ...options,
    allowH2: false,
    keepAliveTimeout: LONGEST,
    keepAliveMaxTimeout: LONGEST,
    keepAliveTimeoutThreshold: 0,
    connect,
  })
}
