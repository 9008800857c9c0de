import { createDispatcher } from '@millpond/http/undici'
import type { HttpClient, HttpClientOptions } from './http-client.js'
import { throughDispatcher } from './through-dispatcher.js'

export function millpondDispatcher({ connections }: HttpClientOptions): HttpClient {
  return throughDispatcher(createDispatcher({ perKey: connections }))
}
