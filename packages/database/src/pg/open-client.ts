import type pg from 'pg'
import { internalsOf, trackTransaction } from './client-internals.js'
import { explainConnectError } from './pg-errors.js'

/** How the clients of one pool are made. */
export interface ClientSource {
  newClient(): pg.PoolClient
  readonly onConnect: ((client: pg.PoolClient) => unknown) | undefined
  /** Rejects when the session is not of the kind that was wanted. Asked before `onConnect`. */
  readonly accept?: (client: pg.PoolClient) => Promise<void>
}

/** Connects a new client and runs `accept` and `onConnect`. Aborted, it destroys the client and rejects with the signal's reason. */
export function openClient(source: ClientSource, signal: AbortSignal): Promise<pg.PoolClient> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted()
    const client = source.newClient()
    // For life: what fails after its end is nobody's, and would end the process.
    client.on('error', () => {})
    const giveUp = () => {
      destroyClient(client)
      reject(signal.reason)
    }
    signal.addEventListener('abort', giveUp, { once: true })
    const settle = (answer: () => void) => {
      signal.removeEventListener('abort', giveUp)
      if (!signal.aborted) answer()
    }
    const prepare = async () => {
      try {
        await source.accept?.(client)
        await source.onConnect?.(client)
        settle(() => resolve(client))
      } catch (error) {
        settle(() => client.end(() => reject(error)))
      }
    }
    client.connect((error?: Error | null) => {
      if (error) {
        destroyClient(client)
        settle(() => reject(explainConnectError(error)))
        return
      }
      trackTransaction(client)
      if (source.accept === undefined && source.onConnect === undefined) {
        settle(() => resolve(client))
      } else {
        void prepare()
      }
    })
  })
}

/** Ends it without waiting for the server; `ended` is called when its socket has closed. */
export function destroyClient(client: pg.PoolClient, ended: () => void = () => {}): void {
  client.end(ended)
  internalsOf(client).connection?.stream.destroy()
}
