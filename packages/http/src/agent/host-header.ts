import type http from 'node:http'
import type { RequestTarget } from './connection-options.js'
import type { AgentRequest } from './request-internals.js'
import type { Target } from './target.js'

/**
 * `ClientRequest` leaves the port out of the Host header where it is the agent's default, which it cannot know of an
 * agent for both schemes: `https.request({ port: 443 })` would say `Host: example.org:443`. What the caller has written
 * stays.
 */
export function shortenHost(request: AgentRequest, options: RequestTarget, target: Target): void {
  if (target.port !== (target.secure ? 443 : 80)) return
  const { headers, setHost } = options as http.RequestOptions
  if (setHost === false || request._header !== null || Array.isArray(headers)) return
  if (headers !== undefined && Object.keys(headers).some((name) => name.toLowerCase() === 'host')) return
  const host = request.getHeader('host')
  const suffix = `:${target.port}`
  if (typeof host === 'string' && host.endsWith(suffix)) request.setHeader('Host', host.slice(0, -suffix.length))
}
