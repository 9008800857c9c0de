import { createHash } from 'node:crypto'

/** RFC 6455, section 1.3. */
const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'

/** The answer that makes a WebSocket of the connection on which this request came. */
export function acceptUpgrade(request: Buffer): string {
  const key = /sec-websocket-key: (\S+)/i.exec(String(request))?.[1] ?? ''
  const digest = createHash('sha1')
    .update(key + GUID)
    .digest('base64')
  return `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${digest}\r\n\r\n`
}
