import { type ContenderName, tunings } from './contenders/index.js'
import { allocationRows } from './costs/allocation-rows.js'
import { expiryRows } from './costs/expiry-rows.js'
import { gcRows } from './costs/gc-rows.js'
import { memoryRows } from './costs/memory-rows.js'
import { connectionRows, keyRows, waiterRows } from './growth/growth-rows.js'
import { importRows } from './imports/import-rows.js'
import { optionRows } from './options/option-rows.js'
import { peerRows } from './peers/peer-rows.js'
import type { Suite } from './suite.js'

/** Acquire + release, beside the other pools and the floor, with ever more of everything, and with every option; and what
 * else a pool costs. */
export const core: Suite = {
  title: 'Core',
  contenders: tunings,
  hurried: ['floor', 'millpond', 'generic-pool', 'lightning-pool', 'sequelize-pool'] satisfies ContenderName[],
  rowGroups: {
    peers: peerRows,
    connections: connectionRows,
    waiters: waiterRows,
    keys: keyRows,
    options: optionRows,
    allocations: allocationRows,
    gc: gcRows,
    expiries: expiryRows,
    memory: memoryRows,
    imports: importRows,
  },
}
