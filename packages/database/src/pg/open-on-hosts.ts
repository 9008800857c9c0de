import type pg from 'pg'
import type { HostTarget } from './host-list.js'
import { type ClientSource, openClient } from './open-client.js'
import { type HostFailure, PgNoHostError } from './pg-errors.js'
import type { TargetSessionAttrs } from './pg-options.js'
import { trackStanding, whatElse } from './target-session.js'

/** Where the clients of one pool may go, and what they are to find there. */
export interface HostSource {
  readonly hosts: readonly HostTarget[]
  readonly target: TargetSessionAttrs
  /** `load_balance_hosts`: they are tried in random order. */
  readonly random: (() => number) | undefined
  newClient(host: HostTarget): pg.PoolClient
  readonly onConnect: ClientSource['onConnect']
}

/**
 * Connects to the first host, of one or several, whose session is of the wanted kind. Each attempt has an equal share of
 * `timeout`, so that a host which does not answer leaves time for the next. Rejects with the driver's error where there
 * is one host and any session will do; else with `PgNoHostError`, at once when a host refuses the login, as libpq.
 */
export async function openOnHosts(source: HostSource, signal: AbortSignal, timeout: number): Promise<pg.PoolClient> {
  const { hosts, target, random } = source
  const [only] = hosts
  if (hosts.length === 1 && target === 'any' && only !== undefined) {
    return openClient(sourceOf(source, only, target), signal)
  }
  const kinds = target === 'prefer-standby' ? (['standby', 'any'] as const) : [target]
  const share = timeout / (hosts.length * kinds.length)
  const failures: HostFailure[] = []
  for (const wanted of kinds) {
    for (const host of random === undefined ? hosts : shuffled(hosts, random)) {
      const outcome = await attempt(sourceOf(source, host, wanted), signal, share)
      if ('client' in outcome) return outcome.client
      signal.throwIfAborted()
      failures.push({ host: host.name, error: outcome.error })
      if (isLoginRefused(outcome.error)) throw new PgNoHostError(target, failures)
    }
  }
  throw new PgNoHostError(target, failures)
}

function sourceOf(source: HostSource, host: HostTarget, wanted: TargetSessionAttrs): ClientSource {
  const { onConnect, target } = source
  const newClient = () => {
    const client = source.newClient(host)
    if (target !== 'any') trackStanding(client)
    return client
  }
  if (target === 'any') return { newClient, onConnect }
  return {
    newClient,
    onConnect,
    async accept(client) {
      const instead = await whatElse(client, wanted)
      if (instead !== undefined) throw new Error(instead)
    },
  }
}

type Outcome = { readonly client: pg.PoolClient } | { readonly error: unknown }

async function attempt(source: ClientSource, signal: AbortSignal, share: number): Promise<Outcome> {
  const aborter = new AbortController()
  const abort = () => aborter.abort(signal.reason)
  const late = () => aborter.abort(new Error(`no answer within ${Math.round(share)} ms, its share of the time`))
  const timer = share < 2 ** 31 ? setTimeout(late, share) : undefined
  if (signal.aborted) abort()
  signal.addEventListener('abort', abort, { once: true })
  try {
    return { client: await openClient(source, aborter.signal) }
  } catch (error) {
    return { error }
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', abort)
  }
}

/** Class 28, invalid authorization: the others would refuse it, too. */
function isLoginRefused(error: unknown): boolean {
  return String((error as { code?: unknown } | null)?.code).startsWith('28')
}

/** Fisher and Yates. */
function shuffled<T>(list: readonly T[], random: () => number): T[] {
  const mixed = [...list]
  for (let i = mixed.length - 1; i > 0; i--) {
    const other = Math.floor(random() * (i + 1))
    ;[mixed[i], mixed[other]] = [mixed[other] as T, mixed[i] as T]
  }
  return mixed
}
