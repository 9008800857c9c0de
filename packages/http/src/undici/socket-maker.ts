import type net from 'node:net'
import tls from 'node:tls'
import { buildConnector } from 'undici'
import type { CreateSocket } from '../agent/open-socket.js'
import type { DispatchTarget } from './dispatch-target.js'

/** How a socket to a target is begun. */
export type CreateSocketFor = (target: DispatchTarget) => CreateSocket

/** undici's own connector, which returns the socket it opens. */
type OwnConnector = (options: buildConnector.Options, callback: buildConnector.Callback) => net.Socket

/** Sockets as undici opens them, with TLS sessions kept for resumption. */
export function socketMaker(options: tls.ConnectionOptions, maxCachedSessions: number): CreateSocketFor {
  const common = { maxCachedSessions, allowH2: false, timeout: 0 }
  const plain = buildConnector({ ...options, ...common } as buildConnector.BuildOptions) as OwnConnector
  let secure: OwnConnector | undefined
  return (target) => (done) => {
    if (!target.secure) return plain(connectOptions(target), done as buildConnector.Callback)
    // Made once, and when it is needed: parsing certificates costs milliseconds.
    secure ??= buildConnector({
      ...options,
      ...common,
      secureContext: options.secureContext ?? tls.createSecureContext(options),
    } as buildConnector.BuildOptions) as OwnConnector
    return secure(connectOptions(target), done as buildConnector.Callback)
  }
}

/** Sockets as somebody's connector opens them: what it returns is of no account, and one that speaks HTTP/2 is refused. */
export function foreignSocketMaker(connector: buildConnector.connector): CreateSocketFor {
  return (target) => (done) => {
    connector(connectOptions(target), (error, socket) => {
      if ((socket as { alpnProtocol?: unknown } | null)?.alpnProtocol !== 'h2') {
        done(error, socket as net.Socket)
        return
      }
      socket?.on('error', () => {}).destroy()
      done(new TypeError('The connector has negotiated HTTP/2; connections of this dispatcher speak HTTP/1.1'))
    })
    return undefined
  }
}

function connectOptions({ url, servername }: DispatchTarget): buildConnector.Options {
  const { host, hostname, protocol, port } = url
  return {
    host,
    hostname: hostname.startsWith('[') ? hostname.slice(1, -1) : hostname,
    protocol,
    port,
    ...(servername === null ? {} : { servername }),
    localAddress: null,
  }
}
