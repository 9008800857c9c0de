import { HttpAgent } from 'agentkeepalive'
import type { HttpClient, HttpClientOptions } from './http-client.js'
import { throughAgent } from './through-agent.js'

/** Tuned as its README says: as many sockets kept as are allowed. */
export function agentkeepalive({ connections }: HttpClientOptions): HttpClient {
  return throughAgent(new HttpAgent({ maxSockets: connections, maxFreeSockets: connections }))
}
