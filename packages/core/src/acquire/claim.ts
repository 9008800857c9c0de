/** On whose behalf, and from where in the program, a lease was asked for. */
export interface Claim {
  readonly client: string | undefined
  /** The stack of the acquire, from the caller's call on. */
  readonly trace: { readonly stack: string } | undefined
}

export const noClaim: Claim = { client: undefined, trace: undefined }
