import { EventEmitter } from 'node:events'
import net from 'node:net'

type Answer = (error: Error | undefined, line?: string) => void

/** A driver of the old kind: callbacks and an emitter of `error` and `close`. */
export class LineClient extends EventEmitter {
  /** Its number on the server. */
  session = 0
  readonly #socket: net.Socket
  readonly #asked: Answer[] = []
  #text = ''

  constructor(port: number) {
    super()
    this.#socket = net.connect(port, '127.0.0.1')
    this.#socket.setEncoding('utf8').on('data', (text: unknown) => this.#read(String(text)))
    this.#socket.on('error', (error) => this.#fail(error))
    this.#socket.on('end', () => this.#fail(new Error('the server has closed the connection')))
    this.#socket.on('close', () => this.emit('close'))
  }

  get isOpen(): boolean {
    return this.#socket.writable && !this.#socket.readableEnded
  }

  connect(done: (error: Error | undefined, client?: LineClient) => void): void {
    this.ask('WHO', (error, line) => {
      this.session = Number(line)
      done(error, this)
    })
  }

  ask(line: string, done: Answer): void {
    if (this.isOpen) {
      this.#asked.push(done)
      this.#socket.write(`${line}\n`)
    } else {
      done(new Error('the connection is closed'))
    }
  }

  end(done: () => void): void {
    if (this.#socket.destroyed) done()
    else this.#socket.once('close', done).end()
  }

  destroy(): void {
    this.#socket.destroy()
    for (const done of this.#asked.splice(0)) done(new Error('the connection was destroyed'))
  }

  #read(text: string): void {
    const lines = (this.#text + text).split('\n')
    this.#text = lines.pop() ?? ''
    for (const line of lines) this.#asked.shift()?.(undefined, line)
  }

  #fail(error: Error): void {
    this.#socket.destroy()
    for (const done of this.#asked.splice(0)) done(error)
    // Of an open that fails, only its callback is told.
    if (this.session > 0) this.emit('error', error)
  }
}
