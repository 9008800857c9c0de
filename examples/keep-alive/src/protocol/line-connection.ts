import type net from 'node:net'
import { ConnectionLostError } from './connection-lost-error.js'
import { onLine } from './lines.js'

interface Due {
  readonly question: string
  answered(line: string): void
  failed(error: unknown): void
}

/** The client's side of the line protocol on one socket: one question at a time. */
export class LineConnection {
  readonly socket: net.Socket
  #name = 'in handshake'
  #due: Due | undefined
  #socketError: Error | undefined

  private constructor(socket: net.Socket) {
    this.socket = socket
    onLine(socket, (line) => this.#due?.answered(line))
    socket.on('error', (error) => {
      this.#socketError = error
    })
    socket.on('close', () => this.#lost())
  }

  /** Says hello; resolves when the server has welcomed us. */
  static async greet(socket: net.Socket, signal: AbortSignal): Promise<LineConnection> {
    const connection = new LineConnection(socket)
    const welcome = await connection.ask('HELLO', signal)
    connection.#name = welcome.replace('WELCOME ', '')
    return connection
  }

  /** What the server calls this connection. */
  get name(): string {
    return this.#name
  }

  /**
   * Writes the question, once, and resolves with the answer. Rejects with `ConnectionLostError`, or with the signal's
   * reason when that aborts first: the answer may still come then, so the connection must not be used again.
   */
  ask(question: string, signal: AbortSignal): Promise<string> {
    return new Promise((resolve, reject) => {
      const onAbort = () => this.#due?.failed(signal.reason)
      const settle = () => {
        this.#due = undefined
        signal.removeEventListener('abort', onAbort)
      }
      this.#due = {
        question,
        answered: (line) => {
          settle()
          resolve(line)
        },
        failed: (error) => {
          settle()
          reject(error)
        },
      }
      signal.addEventListener('abort', onAbort)
      if (signal.aborted) onAbort()
      else if (this.socket.closed) this.#lost()
      else this.socket.write(`${question}\n`)
    })
  }

  quit(): void {
    if (this.socket.writable) this.socket.write('quit\n')
  }

  #lost(): void {
    this.#due?.failed(new ConnectionLostError(this.name, this.#due.question, this.#socketError))
  }
}
