import { createAgent } from '@millpond/http'
import { type HttpClient, type HttpClientOptions, IDLE_TIMEOUT } from './http-client.js'
import { throughAgent } from './through-agent.js'

export function millpondAgent({ connections }: HttpClientOptions): HttpClient {
  return throughAgent(createAgent({ perKey: connections, idle: { timeout: IDLE_TIMEOUT } }))
}
