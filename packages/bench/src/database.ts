// `pnpm bench database`: queries through pools of database sessions, side by side, and what they do when it is too much,
// when the server is restarted, and when many come at once.

import { run } from './command.js'
import { databaseClientNames } from './database/clients/index.js'
import { mysqlRows, pgRows } from './database/query-rows.js'
import { overloadRows, recoveryRows, spikeRows } from './database/trial-rows.js'

await run({
  contenders: databaseClientNames,
  rowGroups: { pg: pgRows, mysql: mysqlRows, overload: overloadRows, recovery: recoveryRows, spike: spikeRows },
})
