import net from 'node:net'
import { InvalidOptionError } from '@millpond/core'

/** As `URL` gives it, but always with the port: `https://example.org:443`. */
export function formatOrigin(secure: boolean, host: string, port: number): string {
  const shown = net.isIPv6(host) ? `[${host}]` : host.toLowerCase()
  return `${secure ? 'https' : 'http'}://${shown}:${port}`
}

/** The origin of a URL in that form. Throws `InvalidOptionError` for what is no http or https URL. */
export function readOrigin(given: string | URL): string {
  const url = URL.canParse(String(given)) ? new URL(given) : undefined
  const secure = url?.protocol === 'https:'
  if (url === undefined || (!secure && url.protocol !== 'http:')) {
    throw new InvalidOptionError('origin', given, 'an http or https URL')
  }
  const host = url.hostname.startsWith('[') ? url.hostname.slice(1, -1) : url.hostname
  return formatOrigin(secure, host, Number(url.port || (secure ? 443 : 80)))
}
