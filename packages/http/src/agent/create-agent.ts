import type { AgentOptions } from './agent-options.js'
import { PooledAgent } from './pooled-agent.js'

/**
 * An agent for `http:` and `https:` alike: what `http.request`, `https.request` and the clients built on them take as
 * `agent`. It keeps a pool of connections for each origin.
 *
 * Throws `InvalidOptionError`, which names the option; one of Node's agent is told its name here.
 *
 * ```ts
 * const agent = createAgent({ perKey: 32, total: 256 })
 * https.get('https://example.org/', { agent }, (response) => response.resume())
 * ```
 */
export function createAgent(options?: AgentOptions): PooledAgent {
  return new PooledAgent(options)
}
