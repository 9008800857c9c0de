import type http from 'node:http'

/** Answers some requests at once, some a little later, and some in pieces, so that some are always under way. */
export function answerVariously(): http.RequestListener {
  let count = 0
  return (request, response) => {
    const kind = count++ % 4
    if (kind === 0) setTimeout(() => response.end('hello'), 2)
    else if (kind === 1) {
      response.write('hel')
      setImmediate(() => response.end('lo'))
    } else request.resume().on('end', () => response.end('hello'))
  }
}
