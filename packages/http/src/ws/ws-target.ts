import { createHash } from 'node:crypto'
import net from 'node:net'
import { InvalidOptionError } from '@millpond/core'
import type { Place } from '../http2/transport.js'

const secureSchemes: ReadonlySet<string> = new Set(['wss:', 'https:'])
const schemes: ReadonlySet<string> = new Set(['ws:', 'http:', ...secureSchemes])

/** Where a WebSocket leads: not only the origin, since the path and the query decide who answers. */
export class WsTarget implements Place {
  readonly url: URL
  /** Connections are shared by those that ask for the same. Of query and credentials it has a digest. */
  readonly key: string
  /** Without query and credentials, always with the port: in messages. */
  readonly address: string
  readonly secure: boolean
  readonly host: string
  readonly port: number

  constructor(url: URL) {
    this.url = url
    this.secure = secureSchemes.has(url.protocol)
    this.host = url.hostname.startsWith('[') ? url.hostname.slice(1, -1) : url.hostname
    this.port = Number(url.port || (this.secure ? 443 : 80))
    const shown = net.isIPv6(this.host) ? `[${this.host}]` : this.host
    this.address = `${this.secure ? 'wss' : 'ws'}://${shown}:${this.port}${url.pathname}`
    this.key = this.address + digestOf(url)
  }
}

/** Either may hold a token, and keys are shown in events. */
function digestOf({ search, username, password }: URL): string {
  if (search === '' && username === '' && password === '') return ''
  const digest = createHash('sha256')
    .update(JSON.stringify([search, username, password]))
    .digest('base64url')
  return `?${digest.slice(0, 22)}`
}

/** Throws `InvalidOptionError` for what is no URL of a WebSocket. */
export function readTarget(given: string | URL): WsTarget {
  const allowed = 'a ws, wss, http or https URL without a fragment'
  const isText = typeof given === 'string'
  // Not what it is, which may be secret, but what kind.
  if (!isText && !(given instanceof URL)) throw new InvalidOptionError('target', typeof given, allowed)
  if (isText && !URL.canParse(given)) throw new InvalidOptionError('target', '[no URL]', allowed)
  const url = new URL(given)
  if (schemes.has(url.protocol) && url.hash === '') return new WsTarget(url)
  throw new InvalidOptionError('target', `${url.protocol}//${url.host}${url.hash === '' ? '' : '/#…'}`, allowed)
}
