import { type DatabaseClientName, databaseTunings } from './database/clients/index.js'
import { mysqlRows, pgRows } from './database/query-rows.js'
import { overloadRows, recoveryRows, spikeRows } from './database/trial-rows.js'
import type { Suite } from './suite.js'

/** Queries through pools of database sessions, side by side, and what they do when it is too much, when the server is
 * restarted, and when many come at once. */
export const database: Suite = {
  title: 'Databases',
  contenders: databaseTunings,
  hurried: [
    'millpond pg',
    'millpond pg, tuned',
    'pg.Pool',
    'floor pg',
    'millpond mysql2',
    'mysql2',
    'floor mysql2',
  ] satisfies DatabaseClientName[],
  rowGroups: { pg: pgRows, mysql: mysqlRows, overload: overloadRows, recovery: recoveryRows, spike: spikeRows },
}
