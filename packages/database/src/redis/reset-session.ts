import { differences, readFacts } from './client-info.js'
import type { RedisSession } from './redis-session.js'

/**
 * Undoes what a borrower has left on the session: subscriptions, WATCH, an open MULTI, another database or name. Rejects
 * when that is not all, and when it is blocked: it must not be lent again.
 *
 * Not by RESET, which logs out, leaves RESP3 and the database of the options, and forgets the client's name: what it
 * takes to have those again is a new connection's handshake. Commands that nobody awaited are answered before its own.
 */
export async function resetSession(session: RedisSession): Promise<void> {
  if (session.isBlocked) throw new Error('The client was released while it waited for a blocking command')
  // Listeners may be left even when no subscription is.
  await session.unsubscribe()
  if (session.facts === undefined) await scrubUnseen(session)
  else await scrub(session, 0)
}

const DEEPEST = 3

/** Looks, undoes, looks again. */
async function scrub(session: RedisSession, round: number): Promise<void> {
  const [, info] = await Promise.all([session.unwatch(), session.send('CLIENT', 'INFO')])
  const now = readFacts(info)
  const before = session.facts
  if (before === undefined || (now !== undefined && differences(before, now).length === 0)) return
  if (round === DEEPEST) throw new Error('The session could not be made as it was when it was new')
  // Everything is queued inside a MULTI, even the question.
  if (now === undefined) await session.send('DISCARD')
  else await Promise.all(differences(before, now).map((fact) => undo(session, fact)))
  await scrub(session, round + 1)
}

function undo(session: RedisSession, fact: ReturnType<typeof differences>[number]): Promise<unknown> {
  const { facts } = session
  if (facts === undefined) return Promise.resolve()
  if (fact === 'db') return session.select(Number(facts.db))
  if (fact === 'name') return session.send('CLIENT', 'SETNAME', facts.name)
  throw new Error(`The client was released with a session whose ${fact} has changed (CLIENT INFO), which is not undone`)
}

/** Where the server does not tell: what can be undone is, whether it is needed or not. */
async function scrubUnseen(session: RedisSession): Promise<void> {
  await session.send('DISCARD').catch(unlessNone)
  await Promise.all([session.unwatch(), session.select(session.database)])
}

function unlessNone(error: Error): void {
  if (!/without MULTI/i.test(error.message)) throw error
}
