/** What figures were taken with. */
export interface Circumstances {
  readonly machine: Machine
  /** By the names of the packages. */
  readonly versions: Readonly<Record<string, string>>
}

export interface Machine {
  readonly processor: string
  readonly cores: number
  readonly memory: string
  readonly kernel: string
  readonly node: string
  /** Whether what is measured and the servers had a core each. */
  readonly pinned: string
}
