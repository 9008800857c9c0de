import { request, fetch as undiciFetch } from 'undici'
import { createAgent, type PooledAgent } from '../../src/index.js'
import { createDispatcher, type PooledDispatcher } from '../../src/undici.js'
import { agentClients } from '../agent/agent-clients.js'

type Pooled = PooledAgent | PooledDispatcher

/** A client with a pool of its own. */
export interface ProxyClient {
  readonly pool: Pooled
  get(url: string): Promise<string>
}

const options = { perKey: 8 }

function throughAgent(name: string): ProxyClient {
  const pool = createAgent(options)
  return { pool, get: async (url) => String(await agentClients[name]?.get(url, pool)) }
}

function throughDispatcher(get: (url: string, dispatcher: PooledDispatcher) => Promise<string>): ProxyClient {
  const pool = createDispatcher(options)
  return { pool, get: (url) => get(url, pool) }
}

/** All of them, by name. */
export const proxyClients: Record<string, () => ProxyClient> = {
  ...Object.fromEntries(Object.keys(agentClients).map((name) => [name, () => throughAgent(name)])),
  'undici request': () =>
    throughDispatcher(async (url, dispatcher) => (await request(url, { dispatcher })).body.text()),
  'undici fetch': () => throughDispatcher(async (url, dispatcher) => (await undiciFetch(url, { dispatcher })).text()),
  "Node's fetch": () =>
    throughDispatcher(async (url, dispatcher) => (await fetch(url, { dispatcher } as unknown as RequestInit)).text()),
}
