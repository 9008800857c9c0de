import type net from 'node:net'

type Server = net.Server & { closeIdleConnections?: () => void }

/**
 * Stops accepting; calls back when the last connection has closed, at once for a server that does not listen.
 *
 * `http.Server.close` destroys idle connections on the spot, requests in the kernel unread or not; which of them end,
 * and when, is the guard's to say.
 */
export function stopServer(server: Server, whenClosed: () => void): void {
  const has = Object.hasOwn(server, 'closeIdleConnections')
  const own = server.closeIdleConnections
  if (own !== undefined) server.closeIdleConnections = () => {}
  try {
    server.close(() => whenClosed())
  } finally {
    if (has && own !== undefined) server.closeIdleConnections = own
    else Reflect.deleteProperty(server, 'closeIdleConnections')
  }
}
