import type { ClientHttp2Session } from 'node:http2'
import type { KeyedPool, Lease } from '@millpond/core'
import { StaleConnectionError } from '../agent/stale-connection-error.js'
import type { Call } from './call.js'
import { Exchange, Failure } from './exchange.js'
import type { Http1Side } from './http1-side.js'
import type { Http2Connection } from './http2-connection.js'
import { RequestTimeoutError, StreamRefusedError } from './http2-errors.js'
import type { Http2Response } from './http2-response.js'
import type { Destination, Http2Target } from './http2-target.js'
import type { Asked } from './request-init.js'

/** What requests are sent with. */
export interface Sending {
  readonly pool: KeyedPool<Http2Target, ClientHttp2Session>
  readonly connections: WeakMap<ClientHttp2Session, Http2Connection>
  /** Undefined where only HTTP/2 is spoken. */
  readonly http1: Http1Side | undefined
  readonly retries: number
  readonly resend: boolean
  readonly random: () => number
}

/** ms before the second sending again of a refused request, doubled for each one after. */
const FIRST_PAUSE = 100
const LONGEST_PAUSE = 5_000

/** RFC 9110, section 9.2.2. */
const idempotent: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE'])

/** Sends a request on one session after the other, until there is an answer or no hope of one. */
export async function sendRequest(sending: Sending, destination: Destination, call: Call): Promise<Http2Response> {
  let refusals = 0
  let isAgain = false
  for (;;) {
    if (sending.http1?.isKnown(destination)) return sending.http1.send(destination, call)
    if (call.gaveUp !== undefined) throw call.gaveUp
    let lease = isAgain ? undefined : takeReady(sending, destination, call.asked)
    try {
      lease ??= await wait(sending, destination, call, isAgain)
    } catch (error) {
      if (call.gaveUp !== undefined || !sending.http1?.isKnown(destination)) throw error
      return sending.http1.send(destination, call)
    }
    const connection = sending.connections.get(lease.resource) as Http2Connection
    try {
      return await new Exchange(lease, connection, call).run(destination)
    } catch (thrown) {
      if (!(thrown instanceof Failure)) throw thrown
      const { kind, error } = thrown
      if (kind === 'refused') {
        refusals++
        assertRepeatable(sending, destination, call, refusals, error)
        if (refusals > 1) await call.pause(pauseBefore(refusals, sending.random))
      } else if (kind === 'lost' && lease.reused && !isAgain) {
        assertResendable(sending, destination, call, error)
        isAgain = true
      } else if (kind === 'http1' && sending.http1 !== undefined && destination.secure && call.asked.body.isThere) {
        return sending.http1.send(destination, call)
      } else {
        throw error
      }
    }
  }
}

/** A session that is there now. */
function takeReady(
  { pool }: Sending,
  destination: Destination,
  { client }: Asked,
): Lease<ClientHttp2Session> | undefined {
  return pool.tryAcquire(targetOf(destination), client === undefined ? undefined : { client })
}

/** Waits for a session, until the caller gives up or the destination turns out to speak HTTP/1.1. */
async function wait(
  { pool, http1 }: Sending,
  destination: Destination,
  call: Call,
  fresh: boolean,
): Promise<Lease<ClientHttp2Session>> {
  const { client, priority, timeout } = call.asked
  const options = {
    fresh,
    ...(timeout !== Number.POSITIVE_INFINITY && { timeout: call.left }),
    ...(client !== undefined && { client }),
    ...(priority !== undefined && { priority }),
  }
  const aborter = new AbortController()
  const stop = http1?.whenFound(destination, () => aborter.abort())
  // The pool ends it at its deadline, and says more about it.
  call.current = { abort: (error) => error instanceof RequestTimeoutError || aborter.abort(error) }
  try {
    const lease = await pool.acquire(targetOf(destination), { ...options, signal: aborter.signal })
    if (call.gaveUp === undefined) return lease
    lease.release()
    throw call.gaveUp
  } finally {
    call.current = undefined
    stop?.()
  }
}

/** The pool finds out itself that it need not look. */
function targetOf(destination: Destination): Http2Target {
  return destination as unknown as Http2Target
}

/** Throws unless the refused request may be sent once more. */
function assertRepeatable(sending: Sending, { origin }: Destination, call: Call, refusals: number, error: Error): void {
  const { isThere } = call.asked.body
  if (isThere && refusals <= sending.retries) return
  const why = isThere ? 'it was not sent again (retries)' : 'its body is gone: give a function that makes it anew'
  throw new StreamRefusedError(origin, refusals, why, error)
}

/** Throws unless a request may be sent again of which nobody knows what became. */
function assertResendable({ resend }: Sending, { origin }: Destination, { asked }: Call, cause: Error): void {
  const { method, body } = asked
  const hasBody = body.bytes !== undefined || body.isStreamed
  if (resend && idempotent.has(method) && !hasBody) return
  const why = !resend ? 'the option resend is false' : hasBody ? 'it has a body' : `${method} is not idempotent`
  throw new StaleConnectionError(method, origin.slice(origin.indexOf('//') + 2), why, cause)
}

function pauseBefore(attempt: number, random: () => number): number {
  const pause = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (attempt - 2))
  return pause * (0.75 + random() / 2)
}
