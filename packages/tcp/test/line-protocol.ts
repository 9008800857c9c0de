import { once } from 'node:events'
import net from 'node:net'

/** A server that answers every line, in order, and counts what is connected. */
export class LineServer {
  readonly #server = net.createServer((socket) => this.#serve(socket))
  readonly #open = new Set<net.Socket>()

  static async start(): Promise<LineServer> {
    const started = new LineServer()
    started.#server.listen(0, '127.0.0.1')
    await once(started.#server, 'listening')
    return started
  }

  get port(): number {
    return (this.#server.address() as net.AddressInfo).port
  }

  get openCount(): number {
    return this.#open.size
  }

  async close(): Promise<void> {
    for (const socket of this.#open) socket.destroy()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #serve(socket: net.Socket): void {
    this.#open.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => this.#open.delete(socket))
    let text = ''
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      const lines = (text + chunk).split('\n')
      text = lines.pop() ?? ''
      for (const line of lines) socket.write(`${answerTo(line)}\n`)
    })
  }
}

export function answerTo(line: string): string {
  return `${line.length} ${line}`
}

/** Sends one line and resolves with the one that comes back. Rejects when the connection ends or the signal aborts
 * first; leaves no listener. */
export function ask(socket: net.Socket, line: string, signal?: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = ''
    const settle = (end: () => void) => {
      socket.off('data', onData).off('close', onClose)
      signal?.removeEventListener('abort', onAbort)
      end()
    }
    const onData = (chunk: Buffer) => {
      text += chunk.toString()
      if (text.endsWith('\n')) settle(() => resolve(text.slice(0, -1)))
    }
    const onClose = () => settle(() => reject(new Error(`ended after ${text.length} characters of the answer`)))
    const onAbort = () => settle(() => reject(signal?.reason))
    socket.on('data', onData).on('close', onClose)
    signal?.addEventListener('abort', onAbort)
    socket.write(`${line}\n`)
  })
}
