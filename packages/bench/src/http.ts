// `pnpm bench http`: keep-alive GETs through agents and dispatchers, side by side, and what else their users pay for.

import { run } from './command.js'
import { httpClientNames } from './http/clients/index.js'
import { connectRows } from './http/connect-rows.js'
import { memoryRows } from './http/memory-rows.js'
import { originRows } from './http/origin-rows.js'
import { staleRows } from './http/stale-rows.js'
import { agentRows, dispatcherRows } from './http/throughput-rows.js'

await run({
  contenders: httpClientNames,
  rowGroups: {
    agents: agentRows,
    dispatchers: dispatcherRows,
    origins: originRows,
    connects: connectRows,
    stale: staleRows,
    memory: memoryRows,
  },
})
