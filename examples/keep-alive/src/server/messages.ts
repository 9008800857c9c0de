/** What the server knows about its connections. */
export interface Counts {
  readonly now: number
  /** The most there ever were at once. */
  readonly most: number
  readonly accepted: number
}

/** What the parent process tells the server. */
export type Command = { readonly type: 'count' } | { readonly type: 'reset'; readonly sockets: number }

/** What the server tells the parent process. */
export type Report =
  | { readonly type: 'listening'; readonly port: number }
  /** A connection came or went: told at once, because a SIGKILL leaves no time for last words. */
  | { readonly type: 'changed'; readonly counts: Counts }
  | { readonly type: 'counted'; readonly counts: Counts }
  | { readonly type: 'reset'; readonly connections: readonly string[] }
