import { once } from 'node:events'
import net from 'node:net'

/** What a client remembers of its connection. */
export interface Session {
  /** The database that was selected last. */
  database: string
}

/** The client's side of the line protocol, on one socket, one question at a time. */
export class LineClient {
  readonly socket: net.Socket
  /** What the server calls this connection. */
  name = ''
  readonly session: Session
  #answered: ((answer: string) => void) | undefined
  #isQuitting = false

  private constructor(port: number, session: Session) {
    this.session = session
    this.socket = net.connect({ host: '127.0.0.1', port, noDelay: true })
    let rest = ''
    this.socket.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) this.#answered?.(line)
    })
    // 'close' follows, and tells whoever waits for an answer.
    this.socket.on('error', () => {})
  }

  /** Connects and says hello. What fails, or is aborted, leaves no socket behind. */
  static async connect(port: number, session: Session, signal: AbortSignal): Promise<LineClient> {
    signal.throwIfAborted()
    const client = new LineClient(port, session)
    try {
      const [greeting, name = ''] = (await client.ask('HELLO', signal)).split(' ')
      if (greeting !== 'WELCOME') throw new Error(`the server said ${greeting} to a HELLO`)
      client.name = name
      return client
    } catch (error) {
      client.socket.destroy()
      throw error
    }
  }

  get isUsable(): boolean {
    return this.socket.readable && this.socket.writable && !this.#isQuitting
  }

  /** Resolves with the answer. When the signal aborts first the connection ends, since the answer may still come. */
  ask(question: string, signal?: AbortSignal): Promise<string> {
    return new Promise((resolve, reject) => {
      if (this.socket.destroyed || this.#isQuitting) throw new Error('the connection is closed')
      const settle = () => {
        this.#answered = undefined
        this.socket.off('close', onClose)
        signal?.removeEventListener('abort', onAbort)
      }
      const onClose = () => {
        settle()
        reject(new Error(`the connection was lost before the answer to ${question}`))
      }
      const onAbort = () => {
        settle()
        reject(signal?.reason)
        this.socket.destroy()
      }
      this.#answered = (answer) => {
        settle()
        resolve(answer)
      }
      this.socket.on('close', onClose)
      signal?.addEventListener('abort', onAbort)
      if (signal?.aborted) onAbort()
      else this.socket.write(`${question}\n`)
    })
  }

  async select(database: string, signal?: AbortSignal): Promise<void> {
    this.session.database = database
    await this.ask(`SELECT ${database}`, signal)
  }

  /** Says goodbye, and resolves when the connection has closed. */
  async quit(signal: AbortSignal): Promise<void> {
    if (this.socket.closed) return
    if (!this.#isQuitting && !this.socket.destroyed) this.socket.write('QUIT\n')
    this.#isQuitting = true
    await once(this.socket, 'close', { signal })
  }
}
