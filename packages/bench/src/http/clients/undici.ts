import { Agent, Pool } from 'undici'
import type { HttpClient, HttpClientOptions } from './http-client.js'
import { throughDispatcher } from './through-dispatcher.js'

/** As its documentation says: `connections`, and one request at a time on each (`pipelining`, by default). */
export function undiciPool({ connections, origin }: HttpClientOptions): HttpClient {
  return throughDispatcher(new Pool(origin, { connections }))
}

export function undiciAgent({ connections }: HttpClientOptions): HttpClient {
  return throughDispatcher(new Agent({ connections }))
}
