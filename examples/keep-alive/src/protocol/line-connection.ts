import type net from 'node:net'
import { lines } from '@millpond/tcp'
import { ConnectionLostError } from './connection-lost-error.js'

/** The client's side of the line protocol on one socket: one question at a time. */
export class LineConnection {
  readonly socket: net.Socket
  #name = 'in handshake'

  private constructor(socket: net.Socket) {
    this.socket = socket
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
   * reason when that aborts first: the answer could still come then, so the socket is destroyed.
   */
  async ask(question: string, signal: AbortSignal): Promise<string> {
    try {
      return await lines(this.socket).request(question, { signal })
    } catch (error) {
      if (signal.aborted && error === signal.reason) throw error
      throw new ConnectionLostError(this.name, question, error instanceof Error ? error : undefined)
    }
  }

  quit(): void {
    if (this.socket.writable) this.socket.write('quit\n')
  }
}
