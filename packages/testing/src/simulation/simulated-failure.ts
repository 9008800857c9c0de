import type { SimulatedCall } from './fault.js'

/** What a simulated adapter rejects with, and what it says when a connection is lost. */
export class SimulatedFailure extends Error {
  override readonly name = 'SimulatedFailure'
  /** As of a socket, for code that looks at it. */
  readonly code: 'ECONNREFUSED' | 'ECONNRESET' | 'EPIPE'

  constructor(call: SimulatedCall | undefined, message: string) {
    super(message)
    this.code = call === 'connect' ? 'ECONNREFUSED' : call === undefined ? 'ECONNRESET' : 'EPIPE'
  }
}
