import { createAgent } from '@millpond/http'
import type { HttpClient, HttpClientOptions } from './http-client.js'
import { throughAgent } from './through-agent.js'

export function millpondAgent({ connections }: HttpClientOptions): HttpClient {
  return throughAgent(createAgent({ perKey: connections }))
}
