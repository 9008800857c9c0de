// The process of one pool in a trial: it tells what came of it.

import { createDatabaseClient } from './clients/index.js'
import { overload } from './overload.js'
import { recovery } from './recovery.js'
import { spike } from './spike.js'
import type { Trial } from './trial.js'

process.once('disconnect', () => process.exit())

const { kind, client, url, pace } = JSON.parse(process.argv[2] ?? '') as Trial
const trials = { overload, recovery, spike }
process.send?.(await trials[kind]((options) => createDatabaseClient(client, { url, ...options }), pace))
