// `pnpm bench core`: acquire + release, beside the other pools and the floor, with ever more of everything, and with
// every option.

import { run } from './command.js'
import { contenderNames } from './contenders/index.js'
import { connectionRows, keyRows, waiterRows } from './growth/growth-rows.js'
import { optionRows } from './options/option-rows.js'
import { peerRows } from './peers/peer-rows.js'

await run({
  contenders: contenderNames,
  rowGroups: {
    peers: peerRows,
    connections: connectionRows,
    waiters: waiterRows,
    keys: keyRows,
    options: optionRows,
  },
})
