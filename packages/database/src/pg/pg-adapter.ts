import { type Adapter, defineAdapter, type WatchSignals } from '@millpond/core'
import type pg from 'pg'
import { internalsOf, isBusy, isInTransaction, isQueryable } from './client-internals.js'
import { destroyClient } from './open-client.js'
import { type HostSource, openOnHosts } from './open-on-hosts.js'
import type { ResetMode } from './pg-options.js'
import { resetFor } from './reset-client.js'
import { isStill } from './target-session.js'

/** The pool's side of an adapter for its clients. */
export interface AdapterHost extends HostSource {
  readonly reset: ResetMode
  readonly allowExitOnIdle: boolean
  connected(client: pg.PoolClient): void
  /** It failed while nobody had it. */
  failedIdle(error: Error, client: pg.PoolClient): void
  isLeased(client: pg.PoolClient): boolean
  isListening(client: pg.PoolClient): boolean
  /** Has its query cancelled on the server; resolves when that is done, or has been given up. */
  cancel(client: pg.PoolClient): Promise<void>
  /** It answers notifications from now on, or no longer. */
  listens(client: pg.PoolClient, does: boolean): void
  /** Its connection has closed. */
  ended(client: pg.PoolClient): void
}

/** An adapter for clients of pg: of `Client`, of `native.Client`, and of subclasses. */
export function pgAdapter(host: AdapterHost): Adapter<pg.PoolClient> {
  const reset = resetFor(host.reset)
  const isFit =
    host.target === 'any' ? isQueryable : (client: pg.PoolClient) => isQueryable(client) && isStill(client, host.target)
  return defineAdapter<pg.PoolClient>({
    name: 'pg',
    open: ({ signal, timeout }) => openOnHosts(host, signal, timeout),
    close: (client, { signal }) => orAborted(close(host, client), signal),
    destroy(client) {
      void cancelRunning(host, client)
      destroyClient(client, () => host.ended(client))
    },
    // The pool rolls back what comes back to it; leases of `pool.inner` come back without it.
    isUsable:
      host.reset === 'auto'
        ? (client) => isFit(client) && !isInTransaction(client) && !host.isListening(client)
        : isFit,
    isFatal: (_, client) => !isQueryable(client),
    check: (client, { signal }) => orAborted(client.query('SELECT 1'), signal),
    watch: (client, signals) => watch(host, client, signals),
    ...(reset && { reset: (client, { signal }) => orAborted(reset(client), signal) }),
    ...(host.allowExitOnIdle && {
      setRef: (client, keepAlive) => (keepAlive ? internalsOf(client).ref?.() : internalsOf(client).unref?.()),
    }),
  })
}

async function close(host: AdapterHost, client: pg.PoolClient): Promise<void> {
  const cancelled = cancelRunning(host, client)
  await new Promise<void>((resolve) => client.end(() => resolve()))
  host.ended(client)
  await cancelled
}

/** A session that nobody reads from any more would run its query to the end. */
function cancelRunning(host: AdapterHost, client: pg.PoolClient): Promise<void> | undefined {
  return isBusy(client) && isQueryable(client) ? host.cancel(client) : undefined
}

function orAborted(done: Promise<unknown>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
    done.then(() => resolve(), reject)
  })
}

function watch(host: AdapterHost, client: pg.PoolClient, { lost }: WatchSignals): () => void {
  let isLost = false
  const lose = (error: Error): boolean => {
    if (isLost) return false
    isLost = true
    lost(error)
    return true
  }
  const onError = (error: Error) => {
    const wasIdle = !host.isLeased(client)
    if (lose(error) && wasIdle) host.failedIdle(error, client)
  }
  const onEnd = () => void lose(new Error('the connection has ended'))
  const onComplete = ({ text }: { text?: string }) => {
    if (text === 'LISTEN') host.listens(client, true)
    else if (text === 'DISCARD ALL') host.listens(client, false)
  }
  const { connection } = internalsOf(client)
  client.on('error', onError)
  client.on('end', onEnd)
  connection?.on('commandComplete', onComplete)
  host.connected(client)
  return () => {
    client.off('error', onError)
    client.off('end', onEnd)
    connection?.off('commandComplete', onComplete)
  }
}
