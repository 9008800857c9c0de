/** A pool as the bench sees it. One process holds one of them, so that each is compiled for its own calls alone. */
export interface Contender<L = unknown> {
  acquire(): Promise<L>
  /** Synchronous, where the pool has it. */
  tryAcquire?(): L | undefined
  /** Takes a connection, does nothing with it and gives it back, where the pool has a call for that. */
  use?(): Promise<void>
  /** Takes and gives back so many times, one after the other, where the pool's users do not write `await` for it. Alone,
   * or with others who borrow meanwhile. */
  borrow?(times: number, isAlone: boolean): Promise<void>
  /** Gives back what `acquire` resolved with. */
  release(lease: L): void
  close(): Promise<void>
}

/** What all of them hold, and for how long their users wait at most: the connections of every row, the users' timeout. */
export const connections = 10
export const acquireTimeout = 30_000

/** What is pooled: nothing that costs anything to open. */
export class Resource {
  readonly openedAt = Date.now()
}

/** What a pool is made with. All durations in ms. */
export interface PoolSetup {
  readonly connections: number
  readonly acquireTimeout: number
  /** Default the pool's own. */
  readonly idleTimeout?: number
  /** Default none. */
  readonly maxAge?: number
  readonly open: () => Resource
  readonly onClose: () => void
}

/** As its users run it. */
export const standardSetup: PoolSetup = {
  connections,
  acquireTimeout,
  open: () => new Resource(),
  onClose: () => {},
}
