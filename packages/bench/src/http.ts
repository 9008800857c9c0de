import { type HttpClientName, httpTunings } from './http/clients/index.js'
import { connectRows } from './http/connect-rows.js'
import { memoryRows } from './http/memory-rows.js'
import { originRows } from './http/origin-rows.js'
import { staleRows } from './http/stale-rows.js'
import { agentRows, dispatcherRows } from './http/throughput-rows.js'
import type { Suite } from './suite.js'

/** Keep-alive GETs through agents and dispatchers, side by side, and what else their users pay for. */
export const http: Suite = {
  title: 'HTTP',
  contenders: httpTunings,
  hurried: [
    'millpond',
    'node',
    'floor',
    'node, no keep-alive',
    'millpond dispatcher',
    'undici.Agent',
  ] satisfies HttpClientName[],
  rowGroups: {
    agents: agentRows,
    dispatchers: dispatcherRows,
    origins: originRows,
    connects: connectRows,
    stale: staleRows,
    memory: memoryRows,
  },
}
