import { once } from 'node:events'
import net from 'node:net'

/** RFC 9113, section 6. */
const frameTypes = { data: 0, headers: 1, rstStream: 3, settings: 4, ping: 6, goaway: 7, windowUpdate: 8 }
export const END_STREAM = 1
const ACK = 1
const END_HEADERS = 4
/** `:status: 200` in HPACK's static table (RFC 7541, appendix A). */
const STATUS_200 = Buffer.from([0x88])
const PREFACE_LENGTH = 24

/** A frame as it goes over the wire. */
export function frame(type: number, flags: number, stream: number, payload: Uint8Array = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(9)
  head.writeUIntBE(payload.length, 0, 3)
  head[3] = type
  head[4] = flags
  head.writeUInt32BE(stream, 5)
  return Buffer.concat([head, payload])
}

export const settings = () => frame(frameTypes.settings, 0, 0)
export const okHeaders = (stream: number, flags = 0) =>
  frame(frameTypes.headers, END_HEADERS | flags, stream, STATUS_200)
export const data = (stream: number, text: string, flags = 0) =>
  frame(frameTypes.data, flags, stream, Buffer.from(text))

export function rstStream(stream: number, code: number): Buffer {
  const payload = Buffer.alloc(4)
  payload.writeUInt32BE(code)
  return frame(frameTypes.rstStream, 0, stream, payload)
}

export function goaway(lastStream: number, code: number): Buffer {
  const payload = Buffer.alloc(8)
  payload.writeUInt32BE(lastStream)
  payload.writeUInt32BE(code, 4)
  return frame(frameTypes.goaway, 0, 0, payload)
}

/** What it is asked: a request's stream, on a connection and the connection's number, from 1. */
export type OnRequest = (stream: number, socket: net.Socket, connection: number) => void

/** A server of HTTP/2 that says frame for frame what a test has it say. It begins with its settings, and acknowledges
 * settings and PINGs. */
export class RawHttp2Server {
  readonly #server: net.Server
  readonly sockets = new Set<net.Socket>()
  accepted = 0

  private constructor(onRequest: OnRequest, greeting: Buffer) {
    this.#server = net.createServer((socket) => {
      const connection = ++this.accepted
      this.sockets.add(socket)
      socket.on('error', () => {}).on('close', () => this.sockets.delete(socket))
      socket.write(greeting)
      let left = Buffer.alloc(0)
      let skipped = 0
      socket.on('data', (chunk: Buffer) => {
        const skip = Math.min(PREFACE_LENGTH - skipped, chunk.length)
        skipped += skip
        left = Buffer.concat([left, chunk.subarray(skip)])
        while (left.length >= 9 && left.length >= 9 + left.readUIntBE(0, 3)) {
          const payload = left.subarray(9, 9 + left.readUIntBE(0, 3))
          const [type, flags, stream] = [left[3], left[4] as number, left.readUInt32BE(5)]
          left = left.subarray(9 + payload.length)
          if (type === frameTypes.settings && !(flags & ACK)) socket.write(frame(frameTypes.settings, ACK, 0))
          if (type === frameTypes.ping && !(flags & ACK)) socket.write(frame(frameTypes.ping, ACK, 0, payload))
          if (type === frameTypes.headers) onRequest(stream, socket, connection)
        }
      })
    })
  }

  static async start(onRequest: OnRequest, greeting = settings()): Promise<RawHttp2Server> {
    const server = new RawHttp2Server(onRequest, greeting)
    await once(server.#server.listen(0, '127.0.0.1'), 'listening')
    return server
  }

  get port(): number {
    return (this.#server.address() as net.AddressInfo).port
  }

  url(path = '/'): string {
    return `http://localhost:${this.port}${path}`
  }

  async close(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve())
      for (const socket of this.sockets) socket.destroy()
    })
  }
}
