import net from 'node:net'

interface Due {
  resolve(answer: string): void
  reject(error: unknown): void
}

/** The client's side of the line protocol on one socket. Questions may overlap: answers come in their order. */
export class LineClient {
  readonly socket: net.Socket
  /** What the server calls it. */
  name = ''
  readonly #due: Due[] = []
  #isQuitting = false
  #error: Error | undefined

  /** Begins to connect. */
  constructor(port: number) {
    this.socket = net.connect({ host: '127.0.0.1', port, noDelay: true })
    let rest = ''
    this.socket.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) this.#due.shift()?.resolve(line)
    })
    this.socket.on('error', (error) => {
      this.#error = error
    })
    this.socket.on('close', () => {
      for (const due of this.#due.splice(0)) due.reject(this.#lost())
    })
  }

  /** Connects and says hello. Rejects when the server does not welcome it, and when the signal aborts. */
  static async connect(port: number, signal: AbortSignal): Promise<LineClient> {
    signal.throwIfAborted()
    const client = new LineClient(port)
    try {
      await client.hello(signal)
      return client
    } catch (error) {
      client.socket.destroy()
      throw error
    }
  }

  async hello(signal?: AbortSignal): Promise<void> {
    const welcome = await this.ask('HELLO', signal)
    if (!welcome.startsWith('WELCOME ')) throw new Error(`the server did not welcome the client: ${welcome}`)
    this.name = welcome.replace('WELCOME ', '')
  }

  get isUsable(): boolean {
    return this.socket.readable && this.socket.writable && !this.#isQuitting
  }

  /** Resolves with the answer. Where the signal aborts first, the connection ends: the answer would be another's. */
  ask(question: string, signal?: AbortSignal): Promise<string> {
    return new Promise((resolve, reject) => {
      const giveUp = () => {
        reject(signal?.reason)
        this.socket.destroy()
      }
      if (signal?.aborted) return giveUp()
      if (this.socket.destroyed || this.#isQuitting) return reject(this.#lost())
      const settled = () => signal?.removeEventListener('abort', giveUp)
      signal?.addEventListener('abort', giveUp)
      this.#due.push({
        resolve: (answer) => {
          settled()
          resolve(answer)
        },
        reject: (error) => {
          settled()
          reject(error)
        },
      })
      this.socket.write(`${question}\n`)
    })
  }

  /** Says goodbye, and resolves once the connection has closed. Rejects when the signal aborts first. */
  quit(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.socket.closed) return resolve()
      const settle = () => {
        signal.removeEventListener('abort', onAbort)
        this.socket.off('close', onClose)
      }
      const onAbort = () => {
        settle()
        reject(signal.reason)
      }
      const onClose = () => {
        settle()
        resolve()
      }
      this.socket.on('close', onClose)
      signal.addEventListener('abort', onAbort)
      if (signal.aborted) return onAbort()
      if (this.#isQuitting || this.socket.destroyed) return
      this.#isQuitting = true
      this.socket.write('QUIT\n')
    })
  }

  #lost(): Error {
    return new Error('the connection was lost', this.#error && { cause: this.#error })
  }
}
