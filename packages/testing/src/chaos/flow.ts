import type net from 'node:net'
import type { ActiveToxic } from './active-toxic.js'
import type { Packet, Stage } from './stages/stage.js'

/** Bytes that one direction of a connection may hold back; then it stops reading, and the sender feels it. */
const MOST_HELD = 1024 * 1024

/** What becomes of both directions. */
export interface FlowOwner {
  close(): void
  reset(): void
}

/** One direction of a connection: what is read from `source` passes the stages of its toxics, in the order in which
 * they were added, and is written to `sink`. */
export class Flow {
  readonly #source: net.Socket
  readonly #sink: net.Socket
  readonly #owner: FlowOwner
  readonly #stages: { readonly toxic: ActiveToxic; readonly stage: Stage }[] = []
  #held = 0
  #stopped = false

  constructor(source: net.Socket, sink: net.Socket, owner: FlowOwner) {
    this.#source = source
    this.#sink = sink
    this.#owner = owner
    source.on('data', this.#onData).on('end', this.#onEnd).on('error', this.#onError)
  }

  add(toxic: ActiveToxic): void {
    if (this.#stopped) return
    const stage = toxic.stage({
      pass: (packet) => this.#passFrom(toxic, packet),
      drop: (bytes) => this.#settle(bytes),
    })
    this.#stages.push({ toxic, stage })
    stage.start?.()
  }

  remove(toxic: ActiveToxic): void {
    const at = this.#indexOf(toxic)
    if (at < 0) return
    this.#stages[at]?.stage.release()
    // Looked up again: what it released may have ended the connection.
    const now = this.#indexOf(toxic)
    if (now >= 0) this.#stages.splice(now, 1)
  }

  /** Nothing is passed any more; what still arrives is read and forgotten. */
  stop(): void {
    if (this.#stopped) return
    this.#stopped = true
    for (const { stage } of this.#stages) stage.discard()
    this.#stages.length = 0
    this.#source.off('data', this.#onData).off('end', this.#onEnd).off('error', this.#onError)
    this.#source.resume()
  }

  #indexOf(toxic: ActiveToxic): number {
    return this.#stages.findIndex((entry) => entry.toxic === toxic)
  }

  #passFrom(toxic: ActiveToxic, packet: Packet): void {
    this.#passTo(this.#indexOf(toxic) + 1, packet)
  }

  #passTo(index: number, packet: Packet): void {
    if (this.#stopped) return
    const entry = this.#stages[index]
    if (entry !== undefined) entry.stage.take(packet)
    else this.#deliver(packet)
  }

  #deliver(packet: Packet): void {
    if (packet === 'reset') this.#owner.reset()
    else if (packet === 'close') this.#owner.close()
    else if (packet === 'end') this.#sink.end()
    // Called back also where the sink is gone: the bytes are then lost, as in any network.
    else this.#sink.write(packet, () => this.#settle(packet.length))
  }

  #settle(bytes: number): void {
    this.#held -= bytes
    if (this.#held < MOST_HELD && this.#source.isPaused()) this.#source.resume()
  }

  readonly #onData = (data: Buffer) => {
    this.#held += data.length
    if (this.#held >= MOST_HELD) this.#source.pause()
    this.#passTo(0, data)
  }

  readonly #onEnd = () => this.#passTo(0, wasReset(this.#source) ? 'reset' : 'end')

  readonly #onError = () => this.#passTo(0, 'reset')
}

/** libuv may tell a reset that comes right behind data as the end of the data. The socket then has no peer any more,
 * which shows as long as nobody has asked for the peer's address before: Node would remember it. Once both sides have
 * ended, it has none either, and the two cannot be told apart. */
function wasReset(socket: net.Socket): boolean {
  const isTcp = socket.localFamily !== undefined
  return isTcp && !socket.writableEnded && socket.remoteFamily === undefined
}
