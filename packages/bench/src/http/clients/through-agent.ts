import http from 'node:http'
import type { HttpClient } from './http-client.js'

/** `http.get` with this agent. */
export function throughAgent(agent: http.Agent): HttpClient {
  return {
    get: (origin, path) =>
      new Promise((resolve, reject) => {
        const { hostname, port } = addressOf(origin)
        http
          .get({ agent, host: hostname, port, path }, (response) => {
            response.on('end', resolve).on('error', reject).resume()
          })
          .on('error', reject)
      }),
    close: () => agent.destroy(),
  }
}

const addresses = new Map<string, URL>()

/** Read once: what is measured is not the reading of an address. */
function addressOf(origin: string): URL {
  let url = addresses.get(origin)
  if (url === undefined) {
    url = new URL(origin)
    addresses.set(origin, url)
  }
  return url
}
