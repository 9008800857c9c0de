import { connectionRows, keyRows, waiterRows } from './growth/growth-rows.js'
import { optionRows } from './options/option-rows.js'
import { peerRows } from './peers/peer-rows.js'
import type { RowGroup } from './row-group.js'

/** By the names that `--rows` takes, in the order of the report. */
export const rowGroups = {
  peers: peerRows,
  connections: connectionRows,
  waiters: waiterRows,
  keys: keyRows,
  options: optionRows,
} satisfies Record<string, RowGroup>

export type RowGroupName = keyof typeof rowGroups

export const rowGroupNames = Object.keys(rowGroups) as RowGroupName[]
