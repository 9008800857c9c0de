import type net from 'node:net'
import type { AgentRequest, AgentSocket } from './request-internals.js'
import { MutedRequest } from './request-internals.js'

/** RFC 9110, section 9.2.2. */
export const idempotent: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE'])
const withBody = /\r\n(?:transfer-encoding *:|content-length *: *0*[1-9])/i

export function isIdempotent({ method }: AgentRequest): boolean {
  return idempotent.has(method)
}

/** Why a request that got no answer must not be sent again, in words; undefined when it may be. */
export function whyNotAgain(request: AgentRequest): string | undefined {
  if (!isIdempotent(request)) return `${request.method} is not idempotent`
  if (!request.finished || request._header === null) return 'it was still being written'
  if (withBody.test(request._header)) return 'its body is gone'
  return undefined
}

/** Takes a request off its socket: nothing that happens to the socket from here on is said to the request. */
export function takeOff(request: AgentRequest, socket: AgentSocket): void {
  socket._httpMessage = new MutedRequest()
  request.socket = null
}

/** Makes a request that was taken off its socket as it was before it had one: its head is written to the next one. */
export function rewind(request: AgentRequest): void {
  const head = request._header as string
  request.outputData.length = 0
  request.outputData.push({ data: head, encoding: 'latin1' })
  request.outputSize = head.length
}

/** The time limit that was set on the old socket goes on on the new one. */
export function moveTimeout(request: AgentRequest, from: net.Socket, to: net.Socket): void {
  const { timeoutCb } = request
  if (timeoutCb === null) return
  from.off('timeout', timeoutCb)
  to.once('timeout', timeoutCb)
  if (from.timeout) to.setTimeout(from.timeout)
}
