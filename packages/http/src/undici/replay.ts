import type { Dispatcher } from 'undici'
import { idempotent } from '../agent/resend.js'

/** Whether a request can be sent a second time without harm: RFC 9110, section 9.2.2, or what its caller says. */
export function mayReplay(options: Dispatcher.DispatchOptions): boolean {
  return (options.method === 'GET' && options.body === null) || whyNotReplayed(options) === undefined
}

/** Once is enough, but that a connection which was opened for a second try may have carried others before. */
const MAX_RESENDS = 5

/** Why a request that got no answer is not sent again, in words; undefined when it is. */
export function whyNotAgain(
  options: Dispatcher.DispatchOptions,
  mayResend: boolean,
  resends: number,
): string | undefined {
  if (!mayResend) return 'the option resend is false'
  return resends < MAX_RESENDS ? whyNotReplayed(options) : `it was sent ${resends + 1} times already`
}

/** Why a request that got no answer must not be sent again, in words; undefined when it may be. */
function whyNotReplayed({ method, idempotent: said, body }: Dispatcher.DispatchOptions): string | undefined {
  if (!(said ?? idempotent.has(method))) return `${method} is not idempotent`
  if (!isRereadable(body)) return 'its body is gone'
  return undefined
}

/** Not a stream or an iterator, which is gone once it was read. */
function isRereadable(body: unknown): boolean {
  if (body === null || body === undefined || typeof body === 'string') return true
  return ArrayBuffer.isView(body) || body instanceof ArrayBuffer || body instanceof Blob || body instanceof FormData
}
