import type { InboundConnection, InboundConnections } from '@millpond/tcp/server'

/** When an idle connection has been silent for too long; with one that has never sent a request, when its first is
 * overdue. */
export function idleDeadline({ options }: InboundConnections, connection: InboundConnection): number {
  if (connection.ending !== undefined) return Number.POSITIVE_INFINITY
  const silent = connection.idleSince + options.idle.timeout
  return connection.uses > 0 ? silent : Math.min(silent, firstRequestBy(options, connection))
}

/** Ends an idle connection whose deadline has passed. */
export function endIdle(connections: InboundConnections, connection: InboundConnection, now: number): void {
  const isOverdue = connection.uses === 0 && now >= firstRequestBy(connections.options, connection)
  if (isOverdue) connections.timeOut(connection, 'header')
  else connections.end(connection, 'idle')
}

function firstRequestBy({ header }: InboundConnections['options'], { openedAt = 0 }: InboundConnection): number {
  return openedAt + header.timeout
}
