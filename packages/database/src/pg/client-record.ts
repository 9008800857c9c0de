/** What the pool remembers of one client. */
export class ClientRecord {
  isLeased = false
  /** It has LISTENed: whoever has it next would be sent notifications. */
  listens = false
  /** `remove` has been emitted. */
  isRemoved = false
}
