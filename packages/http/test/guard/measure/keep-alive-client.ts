import { once } from 'node:events'
import net from 'node:net'

const REQUEST = Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')

/** A client that does nothing but ask again as soon as it was answered; it reads no more of the answer than its end. */
export class KeepAliveClient {
  readonly socket: net.Socket
  #left = 0
  #finish = () => {}

  private constructor(socket: net.Socket) {
    this.socket = socket
    socket.on('data', (chunk: Buffer) => {
      // Answers are short and come one at a time: the last byte is the body's.
      if (chunk[chunk.length - 1] !== 0x6f) return
      if (--this.#left > 0) socket.write(REQUEST)
      else this.#finish()
    })
  }

  static async connect(port: number): Promise<KeepAliveClient> {
    const socket = net.connect({ port, host: '127.0.0.1', noDelay: true })
    socket.on('error', () => {})
    await once(socket, 'connect')
    return new KeepAliveClient(socket)
  }

  /** Makes that many requests, one after the other. */
  run(requests: number): Promise<void> {
    this.#left = requests
    return new Promise((resolve) => {
      this.#finish = resolve
      this.socket.write(REQUEST)
    })
  }
}
