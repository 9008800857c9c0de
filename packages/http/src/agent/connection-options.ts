import type net from 'node:net'
import type tls from 'node:tls'

/** What decides with whom a TLS connection speaks and as whom: connections that differ in any of these are never shared. */
export const tlsOptions = [
  'ALPNProtocols',
  'ca',
  'cert',
  'checkServerIdentity',
  'ciphers',
  'clientCertEngine',
  'crl',
  'dhparam',
  'ecdhCurve',
  'enableTrace',
  'honorCipherOrder',
  'key',
  'maxVersion',
  'minDHSize',
  'minVersion',
  'passphrase',
  'pfx',
  'privateKeyEngine',
  'privateKeyIdentifier',
  'pskCallback',
  'rejectUnauthorized',
  'requestOCSP',
  'secureContext',
  'secureOptions',
  'secureProtocol',
  'session',
  'sessionIdContext',
  'sigalgs',
] as const

/** What decides how the far end is reached. Like Node's, the key leaves them out, but for `family` and `localAddress`. */
export const netOptions = [
  'autoSelectFamily',
  'autoSelectFamilyAttemptTimeout',
  'family',
  'hints',
  'localAddress',
  'localPort',
  'lookup',
  'noDelay',
] as const

type TlsOption = Extract<(typeof tlsOptions)[number], keyof tls.ConnectionOptions>
type NetOption = Extract<(typeof netOptions)[number], keyof net.TcpSocketConnectOpts>

/** As `tls.connect` and `net.connect` take them. */
export interface ConnectionOptions
  extends Partial<Pick<tls.ConnectionOptions, TlsOption | 'servername'>>,
    Partial<Pick<net.TcpSocketConnectOpts, NetOption>> {}

/** What a request says of its connection: the options of `http.request`, as they reach `agent.addRequest`. */
export interface RequestTarget extends ConnectionOptions {
  readonly host?: string | null | undefined
  readonly port?: number | string | null | undefined
  readonly protocol?: string | null | undefined
  readonly socketPath?: string | undefined
  /** Set by `https.request` alone. */
  readonly _defaultAgent?: unknown
}

/** What `createConnection` is given. */
export interface CreateOptions extends ConnectionOptions {
  readonly protocol: 'http:' | 'https:'
  readonly host: string
  readonly port: number
  /** The Unix socket, where there is one. */
  readonly path?: string
  readonly keepAlive: boolean
  readonly keepAliveInitialDelay: number
  /** Under which Node's https agent caches the TLS session. */
  readonly _agentKey: string
}
