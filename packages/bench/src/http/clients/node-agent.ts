import http from 'node:http'
import type { HttpClient, HttpClientOptions } from './http-client.js'
import { throughAgent } from './through-agent.js'

/** Tuned as Node's documentation says: `keepAlive`, and as many sockets kept as are allowed. */
export function nodeAgent({ connections }: HttpClientOptions): HttpClient {
  return throughAgent(new http.Agent({ keepAlive: true, maxSockets: connections, maxFreeSockets: connections }))
}

/** Without a limit, too: with one, Node's agent hands a connection on to who waits for it. */
export function nodeWithoutKeepAlive(): HttpClient {
  return throughAgent(new http.Agent({ keepAlive: false }))
}
