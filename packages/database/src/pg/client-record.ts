/** What the pool remembers of one client. */
export class ClientRecord {
  /** `connect` has been emitted, and `remove` not yet. */
  isConnected = false
  isLeased = false
  /** It has LISTENed: whoever has it next would be sent notifications. */
  listens = false
}
