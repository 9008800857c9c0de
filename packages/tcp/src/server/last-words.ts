import type net from 'node:net'
import { TimerEntry, type TimerWheel } from '@millpond/core/kit'

/** Sockets at a time; more are destroyed without a word. */
const MOST = 1_024

/**
 * Sockets that are no connections (refused, or ended already) and are given a moment to take what was written to them.
 * A socket destroyed with bytes unread answers with a reset, and the kernel of its peer then throws away the answer
 * that it has not handed over yet (RFC 9112 9.6). Bounded in number and in time.
 */
export class LastWords {
  readonly #wheel: TimerWheel
  readonly #now: () => number
  readonly #open = new Set<Leaving>()

  constructor(wheel: TimerWheel, now: () => number) {
    this.#wheel = wheel
    this.#now = now
  }

  get size(): number {
    return this.#open.size
  }

  /** Destroys the socket after `ms`, unless it has closed by then. False, and destroyed now, when there are too many. */
  give(socket: net.Socket, ms: number): boolean {
    if (socket.destroyed) return false
    if (this.#open.size >= MOST) {
      socket.destroy()
      return false
    }
    const leaving = new Leaving(socket)
    this.#open.add(leaving)
    this.#wheel.arm(leaving, this.#now() + ms)
    socket.on('error', ignore)
    socket.on('close', () => {
      this.#wheel.disarm(leaving)
      this.#open.delete(leaving)
    })
    return true
  }

  destroyAll(): void {
    for (const leaving of this.#open) leaving.socket.destroy()
  }
}

class Leaving extends TimerEntry {
  readonly socket: net.Socket

  constructor(socket: net.Socket) {
    super()
    this.socket = socket
  }

  expire(): void {
    this.socket.destroy()
  }
}

function ignore(): void {}
