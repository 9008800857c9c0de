/** A group of rows of which the regression check looks at the ratios. */
export interface Checked {
  /** `core/peers`. */
  readonly name: string
  /** Who takes part. Default everybody. */
  readonly only?: readonly string[]
  /** By their names in the group. Default all that it has. */
  readonly ratios?: readonly string[]
  readonly isQuick: boolean
}

const beside = ['floor', 'millpond', 'generic-pool', 'sequelize-pool']

/** Those whose ratios are steady on a machine of two cores that does other things as well; all of them together take
 * less than two minutes. */
export const checked: readonly Checked[] = [
  {
    name: 'core/peers',
    only: [...beside, 'lightning-pool', 'tarn'],
    ratios: [
      'sequential, × floor',
      'sequential, × the peers',
      'sequential, tryAcquire × acquire',
      '100 borrowers, × the peers',
    ],
    isQuick: true,
  },
  { name: 'core/allocations', only: beside, isQuick: true },
  { name: 'core/memory', only: beside, ratios: ['memory per waiter'], isQuick: true },
  { name: 'http/memory', only: ['millpond', 'node', 'millpond dispatcher', 'undici.Agent'], isQuick: true },
]
