const answer = (status: string, ...headers: string[]) =>
  Buffer.from(
    [`HTTP/1.1 ${status}`, 'Connection: close', ...headers, 'Content-Length: 0', '', ''].join('\r\n'),
    'latin1',
  )

/** For a connection that is not let in: come back in a second. */
export const SERVICE_UNAVAILABLE = answer('503 Service Unavailable', 'Retry-After: 1')

/** For a request that took too long to arrive. */
export const REQUEST_TIMEOUT = answer('408 Request Timeout')

const ENHANCE_YOUR_CALM = 0x0b

/** Over HTTP/2, for a connection that is not let in: the server's preface (an empty SETTINGS), then GOAWAY with the last
 * stream 0, by which the client knows that nothing was processed and all may be sent again elsewhere (RFC 9113 6.8). */
export const GO_AWAY = Buffer.from([
  ...[0, 0, 0, 0x04, 0, 0, 0, 0, 0],
  ...[0, 0, 8, 0x07, 0, 0, 0, 0, 0],
  ...[0, 0, 0, 0, 0, 0, 0, ENHANCE_YOUR_CALM],
])
