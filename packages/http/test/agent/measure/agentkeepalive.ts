import type http from 'node:http'
import { createRequire } from 'node:module'

// Its types say less than it takes.
export const AgentKeepAlive = createRequire(import.meta.url)('agentkeepalive') as new (
  options: http.AgentOptions,
) => http.Agent
