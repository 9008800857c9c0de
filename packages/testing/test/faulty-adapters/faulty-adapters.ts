import type { FaultyAdapter } from './faulty-adapter.js'
import { faultyEnds } from './faulty-ends.js'
import { faultyLeases } from './faulty-leases.js'
import { faultyOpens } from './faulty-opens.js'
import { faultySenses } from './faulty-senses.js'

/** What the suite must not let pass. */
export const faultyAdapters: readonly FaultyAdapter[] = [
  ...faultyOpens,
  ...faultySenses,
  ...faultyLeases,
  ...faultyEnds,
]
