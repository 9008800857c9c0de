import type { GuardEmitter } from './guard-emitter.js'
import type { SlowPhase } from './guard-stats.js'
import type { InboundConnection } from './inbound-connection.js'

/** Ends what carries a connection, through its protocol. A socket in a state of its own must not take the guard with it. */
export class ResourceEnder {
  readonly #emitter: GuardEmitter

  constructor(emitter: GuardEmitter) {
    this.#emitter = emitter
  }

  /** Requests are active on it; the peer is told that it ends after them. */
  announce(connection: InboundConnection): void {
    this.#quietly(() => connection.protocol.leaving(connection))
  }

  close(connection: InboundConnection): void {
    this.#quietly(() => connection.protocol.close(connection))
  }

  destroy(connection: InboundConnection): void {
    this.#quietly(() => connection.protocol.destroy(connection, connection.detail as SlowPhase | undefined))
  }

  /** Ends a socket whose protocol has not begun. */
  abandon({ socket }: InboundConnection): void {
    socket.on('error', ignore)
    socket.destroy()
  }

  #quietly(fn: () => void): void {
    try {
      fn()
    } catch (error) {
      this.#emitter.trouble('close', error)
    }
  }
}

function ignore(): void {}
