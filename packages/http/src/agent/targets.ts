import https from 'node:https'
import net from 'node:net'
import type { ConnectionOptions, RequestTarget } from './connection-options.js'
import type { AgentRequest } from './request-internals.js'
import { Target } from './target.js'
import { tlsIdentity } from './tls-identity.js'

/**
 * Stands for "the scheme's own port" in `agent.defaultPort`, which `ClientRequest` asks for without saying which scheme
 * it is for. No request can ask for it by itself.
 */
export const SCHEME_PORT = 65_536 + 80

/** Finds the target of each request, and forgets those that nobody holds. */
export class Targets {
  readonly #ofAgent: ConnectionOptions
  /** The agent's own options leave it to the request alone where its connection leads. */
  readonly #isPlain: boolean
  readonly #known = new Map<string, Target>()
  /** Of those, where plain requests lead, by the host that they name: most ask for one port of it. */
  readonly #plain = new Map<string, Target>()

  constructor(ofAgent: ConnectionOptions) {
    this.#ofAgent = ofAgent
    this.#isPlain = ofAgent.localAddress === undefined && ofAgent.family === undefined
  }

  of(request: AgentRequest | undefined, options: RequestTarget): Target {
    const known = this.#isPlain ? this.#plain.get(options.host ?? '') : undefined
    if (known !== undefined && options.port === known.plainPort && isPlain(options) && !isSecure(options)) return known
    return this.#find(request, options)
  }

  /** The name that Node's `getName` would give, with what it leaves out. */
  nameOf(options: RequestTarget): string {
    return this.#find(undefined, options).name
  }

  /** Those that somebody holds. */
  held(): Iterable<Target> {
    return this.#known.values()
  }

  /** Its connections and waiting requests are to be found from here on. Returns the one that stands for its key. */
  hold(target: Target): Target {
    const known = target.holders > 0 ? target : (this.#known.get(target.key) ?? target)
    if (known.holders++ === 0) {
      this.#known.set(known.key, known)
      if (known.plainPort !== undefined) this.#plain.set(known.host, known)
    }
    return known
  }

  letGo(target: Target): void {
    if (--target.holders > 0) return
    this.#known.delete(target.key)
    if (this.#plain.get(target.host) === target) this.#plain.delete(target.host)
  }

  #find(request: AgentRequest | undefined, given: RequestTarget): Target {
    const secure = isSecure(given)
    const port = given.port === SCHEME_PORT || !given.port ? (secure ? 443 : 80) : given.port
    const servername = secure ? (this.#ofAgent.servername ?? serverName(given, request)) : undefined
    const options = {
      ...given,
      host: given.host || 'localhost',
      port,
      localAddress: this.#ofAgent.localAddress ?? given.localAddress,
      family: this.#ofAgent.family ?? given.family,
      servername,
    }
    const name = nodeName(options)
    const tls = secure ? tlsSuffix(options, tlsIdentity(given, this.#ofAgent)) : ''
    const key = `${secure ? 'https' : 'http'}://${name}${tls}`
    const target =
      this.#known.get(key) ??
      new Target(key, secure ? `${name}:https${tls}` : name, secure, options as RequestTarget, this.#ofAgent)
    if (!secure && this.#isPlain && isPlain(given) && target.host === given.host) target.plainPort ??= given.port
    return target
  }
}

/** `http.request` gives its scheme only where it comes from a URL; `https.request` says who it is. */
export function isSecure({ protocol, _defaultAgent }: RequestTarget): boolean {
  if (protocol) return protocol === 'https:'
  if (typeof _defaultAgent !== 'object' || _defaultAgent === null) return false
  return _defaultAgent === https.globalAgent || (_defaultAgent as { protocol?: unknown }).protocol === 'https:'
}

function isPlain(options: RequestTarget): boolean {
  return !options.localAddress && !options.socketPath && !options.family
}

/** Node's own: host, port, local address, and family and path where there are any. */
function nodeName({ host, port, localAddress, family, socketPath }: RequestTarget): string {
  let name = `${host}:${port}:${localAddress ?? ''}`
  if (family === 4 || family === 6) name += `:${family}`
  if (socketPath) name += `:${socketPath}`
  return name
}

function tlsSuffix({ host, servername }: RequestTarget, identity: string): string {
  const named = servername !== undefined && servername !== host ? `:${servername}` : ''
  return identity === '' ? named : `${named}:${identity}`
}

/** From the `Host` header, as Node's agent has it; SNI carries no addresses (RFC 6066, section 3). */
function serverName(options: RequestTarget, request: AgentRequest | undefined): string {
  if (options.servername || options.servername === '') return options.servername
  const header = request?.getHeader('host')
  if (header === undefined) return nameOnly(options.host || 'localhost')
  if (typeof header !== 'string') throw new TypeError('The Host header must be a string')
  if (!header.startsWith('[')) return nameOnly(header.split(':', 1)[0] as string)
  const end = header.indexOf(']')
  return nameOnly(end === -1 ? header : header.slice(1, end))
}

function nameOnly(host: string): string {
  return net.isIP(host) === 0 ? host : ''
}
