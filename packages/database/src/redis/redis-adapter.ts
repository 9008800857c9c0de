import { type Adapter, defineAdapter } from '@millpond/core'
import { hideSecrets } from './hide-secrets.js'
import { openSession, ping } from './open-session.js'
import type { RedisClient } from './redis-client.js'
import type { RedisSession } from './redis-session.js'
import { resetSession } from './reset-session.js'
import { refuseShared, sessionFor } from './session-for.js'

/** An adapter for the clients that `make` returns. */
export function redisAdapter<C extends RedisClient>(make: () => C): Adapter<C> {
  const sessions = new WeakMap<C, RedisSession>()
  const of = (client: C) => sessions.get(client) as RedisSession
  return defineAdapter<C>({
    name: 'redis',
    async open({ signal }) {
      const client = called(make)
      if (sessions.has(client)) refuseShared()
      const session = sessionFor(client)
      sessions.set(client, session)
      await openSession(session, signal)
      return client
    },
    close: (client, { signal }) => orAborted(of(client).quit(), signal),
    destroy: (client) => of(client).destroy(),
    isUsable: (client) => of(client).isReady,
    // Who gives up a blocking command has no use for what it may still bring.
    isFatal: (_, client) => !of(client).isReady || of(client).isBlocked,
    check: (client, { signal }) => orAborted(whenReady(of(client), ping), signal),
    reset: (client, { signal }) => orAborted(whenReady(of(client), resetSession), signal),
    watch: (client, { lost }) => of(client).watch((error) => lost(hideSecrets(error) as Error)),
    setRef: (client, keepAlive) => of(client).setRef(keepAlive),
  })
}

function called<C>(make: () => C): C {
  try {
    return make()
  } catch (error) {
    throw hideSecrets(error)
  }
}

/** A driver keeps what cannot be sent for later. */
async function whenReady(session: RedisSession, ask: (session: RedisSession) => Promise<void>): Promise<void> {
  if (!session.isReady) throw new Error('The client is not connected')
  await ask(session)
}

/** Drivers do not know how to stop. */
function orAborted(done: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
    done.then(resolve, (error) => reject(hideSecrets(error)))
  })
}
