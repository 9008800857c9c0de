/** What the pool option `inspect` takes: it is told of every connection made and of everything that happens to it. */
export interface Inspector {
  /** A connection has been made and is in the initial state of the statechart. May throw; the pool reports it. */
  connection(info: { readonly id: number }): ConnectionMirror
}

/** The follower of one connection. */
export interface ConnectionMirror {
  /** The connection has taken this event; a delay's event has xstate's name `xstate.after.<delay>.<state id>`. */
  send(event: string): void
}
