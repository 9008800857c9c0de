/** On whose behalf, and from where in the program, a lease was asked for. */
export interface Claim {
  readonly client: string | undefined
  /** Holds the stack of the acquire; formatted when first read. */
  readonly trace: { readonly stack?: string } | undefined
}

export const noClaim: Claim = { client: undefined, trace: undefined }
