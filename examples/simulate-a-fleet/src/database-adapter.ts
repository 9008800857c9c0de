import { type Adapter, defineAdapter } from '@millpond/core'
import type { Database } from './database.js'
import type { Session } from './session.js'

export function sessionsOf(database: Database): Adapter<Session> {
  return defineAdapter<Session>({
    name: 'database',
    open: () => database.login(),
    close: (session) => session.close(),
    isUsable: (session) => session.isOpen,
    watch(session, { lost }) {
      session.onLost = () => lost()
      return () => {
        session.onLost = undefined
      }
    },
  })
}
