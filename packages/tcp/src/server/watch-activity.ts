import net from 'node:net'

type Active = net.Socket & { _unrefTimer?: () => void }

const original = (net.Socket.prototype as Active)._unrefTimer

/**
 * Calls `onActivity`, with the socket as `this`, whenever bytes arrive or leave. Costs no listener and no closure: one
 * function serves all sockets.
 *
 * It stands in for the method by which Node restarts a socket's own timeout. Nothing else tells of bytes on an HTTP
 * socket without slowing it down: its parser reads the handle itself, and a listener of `data` would take that away
 * from it.
 */
export function watchActivity(socket: net.Socket, onActivity: (this: net.Socket) => void): void {
  ;(socket as Active)._unrefTimer = onActivity
}

/** What Node does on activity; whoever watches calls it first. */
export function restartSocketTimeout(socket: net.Socket): void {
  original?.call(socket)
}
