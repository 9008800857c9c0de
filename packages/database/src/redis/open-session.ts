import { readFacts } from './client-info.js'
import { hideSecrets } from './hide-secrets.js'
import type { RedisSession } from './redis-session.js'

/** A server, or a proxy before it, that does not tell: Redis before 6.2, an access list. */
const untold = /^NOPERM|unknown|unsupported|not supported|syntax error/i

/** Connects it and notes what the server says of a new session. Rejects when it is not there to serve: still loading,
 * or without a login. Aborted, it rejects with the signal's reason. Whatever fails ends the client. */
export function openSession(session: RedisSession, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (error: unknown) => {
      session.destroy()
      reject(error)
    }
    if (signal.aborted) return fail(signal.reason)
    const giveUp = () => fail(signal.reason)
    signal.addEventListener('abort', giveUp, { once: true })
    begin(session).then(
      () => {
        signal.removeEventListener('abort', giveUp)
        resolve()
      },
      (error) => {
        signal.removeEventListener('abort', giveUp)
        fail(hideSecrets(error))
      },
    )
  })
}

async function begin(session: RedisSession): Promise<void> {
  await session.connect()
  const [info] = await Promise.all([session.send('CLIENT', 'INFO').catch(tolerate), ping(session)])
  session.facts = readFacts(info)
}

/** Any answer but that it is not ready to serve proves that it is there. */
export async function ping(session: RedisSession): Promise<void> {
  await session.send('PING').catch(tolerate)
}

function tolerate(error: unknown): void {
  if (!(error instanceof Error) || !untold.test(error.message)) throw error
}
