/** What moves through a direction of a connection: data, its end (FIN), the decision to close both sides once what is
 * on its way has arrived, or a reset (RST). */
export type Packet = Buffer | 'end' | 'close' | 'reset'

/** What a stage is given to work with. */
export interface StageContext {
  /** Hands a packet to the next stage, at last to the receiver. */
  pass(packet: Packet): void
  /** These bytes will not be passed. */
  drop(bytes: number): void
}

/** One toxic at work on one direction of one connection. */
export interface Stage {
  /** Once, when the toxic begins. */
  start?(): void
  take(packet: Packet): void
  /** The toxic is gone: passes on what it holds back. */
  release(): void
  /** The connection is gone: forgets what it holds back, and its timers. */
  discard(): void
}
