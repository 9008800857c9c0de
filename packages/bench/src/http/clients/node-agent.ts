import http from 'node:http'
import type { HttpClient, HttpClientOptions } from './http-client.js'
import { throughAgent } from './through-agent.js'

/** Tuned as Node's documentation says: `keepAlive`, and as many sockets kept as are allowed. */
export function nodeAgent({ connections }: HttpClientOptions): HttpClient {
  return throughAgent(new http.Agent({ keepAlive: true, maxSockets: connections, maxFreeSockets: connections }))
}

export function nodeWithoutKeepAlive({ connections }: HttpClientOptions): HttpClient {
  return throughAgent(new http.Agent({ keepAlive: false, maxSockets: connections }))
}
