import type { Adapter } from '@millpond/core'
import { line } from './protocol/line-adapter.js'
import { LineClient } from './protocol/line-client.js'

/** `line()` with one line in the wrong place: what is remembered of a connection is made once, for all of them. */
export function lineWithBug(port: number): Adapter<LineClient> {
  const session = { database: 'main' }
  return { ...line(port), open: (ctx) => LineClient.connect(port, session, ctx.signal) }
}
