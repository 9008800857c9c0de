import fc from 'fast-check'

const body = fc.string({ maxLength: 40 })
const oneHeader = fc.oneof(
  fc.nat(60).map((length) => `Content-Length: ${length}`),
  fc.constantFrom(
    'Content-Length: -1',
    'Content-Length: 5, 5',
    'Content-Length: 5, 6',
    'Content-Length: 0x10',
    'Content-Length: 99999999999999999999',
    'Transfer-Encoding: chunked',
    'Transfer-Encoding: gzip, chunked',
    'Transfer-Encoding: chunked, identity',
    'Transfer-Encoding : chunked',
    'Connection: keep-alive',
    'Connection: close',
    'Connection: Upgrade\r\nUpgrade: nothing',
    'Keep-Alive: timeout=5, max=2',
    'Keep-Alive: timeout=, max=x',
    'Trailer: X-After',
    ' folded: line',
    'no colon',
    'Bad\u0000Name: x',
    ': no name',
    `X-Large: ${'x'.repeat(20_000)}`,
  ),
  fc.string({ maxLength: 20 }),
)
const statusLine = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('HTTP/1.1 200 OK', 'HTTP/1.1 204 No Content', 'HTTP/1.1 304 Not Modified') },
  fc.constantFrom('HTTP/1.0 200 OK', 'HTTP/1.1 100 Continue', 'HTTP/1.1 101 Switching', 'HTTP/1.1 199 Whatever'),
  fc.constantFrom('HTTP/1.1 abc OK', 'HTTP/9.9 200 OK', 'HTTQ/1.1 200 OK', '200 OK', '', 'HTTP/1.1 200 O\rK'),
  fc.string({ maxLength: 20 }),
)
const payload = fc.oneof(
  body,
  fc.constantFrom(
    '0\r\n\r\n',
    '5\r\nhello\r\n0\r\n\r\n',
    '5\r\nhello\r\n',
    '5\r\nhel',
    'zz\r\nhello\r\n0\r\n\r\n',
    'ffffffffffffffff1\r\n',
  ),
)
const extra = fc.constantFrom(
  '',
  '',
  '',
  '\r\n',
  'HTTP/1.1',
  'HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged',
  'garbage',
)

const malformed = fc
  .tuple(statusLine, fc.array(oneHeader, { maxLength: 4 }), payload)
  .map(([status, headers, content]) => [status, ...headers, '', content].join('\r\n'))
const wellFormed = body.map((text) => {
  const length = Buffer.byteLength(text, 'latin1')
  return `HTTP/1.1 200 OK\r\nContent-Length: ${length}\r\n\r\n${text}`
})

/** What a broken server sends, in which pieces, and whether it hangs up then. */
export const broken = fc.record({
  message: fc.oneof(
    { weight: 3, arbitrary: malformed.map((text) => ({ text, isWhole: false })) },
    wellFormed.map((text) => ({ text, isWhole: true })),
  ),
  more: extra,
  /** More comes a turn after the message. */
  isLate: fc.boolean(),
  cuts: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 3 }),
  hangsUp: fc.boolean(),
})

export function piecesOf(text: string, cuts: readonly number[]): Buffer[] {
  const bytes = Buffer.from(text, 'latin1')
  const at = [0, ...cuts.map((cut) => Math.floor(cut * bytes.length)).toSorted((a, b) => a - b), bytes.length]
  return at.slice(1).map((end, i) => bytes.subarray(at[i], end))
}
