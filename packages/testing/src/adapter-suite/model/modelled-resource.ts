/** What a run knows of one resource. */
export interface ModelledResource<R> {
  /** The pool's number of its connection. */
  readonly connection: number
  readonly resource: R
  /** Leases that borrowers hold at this moment. */
  leases: number
  /** One of those who hold it has left something behind. */
  isDirty: boolean
  /** The server has ended it, by a kill or a stop. */
  isKilled: boolean
  /** Killed, and this side has had time to notice: it must not be lent any more. */
  isKnownDead: boolean
  /** The adapter has reported its loss. */
  isReported: boolean
  /** The pool has called close or destroy. */
  isEnded: boolean
}
