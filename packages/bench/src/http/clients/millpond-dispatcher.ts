import { createDispatcher } from '@millpond/http/undici'
import { type HttpClient, type HttpClientOptions, IDLE_TIMEOUT } from './http-client.js'
import { throughDispatcher } from './through-dispatcher.js'

export function millpondDispatcher({ connections }: HttpClientOptions): HttpClient {
  return throughDispatcher(createDispatcher({ perKey: connections, idle: { timeout: IDLE_TIMEOUT } }))
}
