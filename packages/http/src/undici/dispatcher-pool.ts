import type { KeyedPool } from '@millpond/core'
import type { ClientConnection } from './client-connection.js'
import type { DispatchTarget } from './dispatch-target.js'

/** The pool of one dispatcher. */
export type DispatcherPool = KeyedPool<DispatchTarget, ClientConnection>
