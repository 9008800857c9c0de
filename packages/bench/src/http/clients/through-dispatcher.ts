import type { Dispatcher } from 'undici'
import type { HttpClient } from './http-client.js'

/** `dispatcher.request`, its body read and forgotten. */
export function throughDispatcher(dispatcher: Dispatcher): HttpClient {
  return {
    async get(origin, path) {
      const { body } = await dispatcher.request({ origin, path, method: 'GET' })
      await body.dump()
    },
    close: () => dispatcher.destroy(),
  }
}
