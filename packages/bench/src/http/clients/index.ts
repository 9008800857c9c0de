import type { HttpClient, HttpClientOptions } from './http-client.js'

/** Loaded by name, so that a process has in it the one client it measures and no other. */
const load = {
  millpond: async () => (await import('./millpond-agent.js')).millpondAgent,
  node: async () => (await import('./node-agent.js')).nodeAgent,
  agentkeepalive: async () => (await import('./agentkeepalive.js')).agentkeepalive,
  floor: async () => (await import('./bare-agent.js')).bareAgent,
  'node, no keep-alive': async () => (await import('./node-agent.js')).nodeWithoutKeepAlive,
  'millpond dispatcher': async () => (await import('./millpond-dispatcher.js')).millpondDispatcher,
  'undici.Pool': async () => (await import('./undici.js')).undiciPool,
  'undici.Agent': async () => (await import('./undici.js')).undiciAgent,
} satisfies Record<string, () => Promise<(options: HttpClientOptions) => HttpClient>>

export type HttpClientName = keyof typeof load

export const httpClientNames = Object.keys(load) as HttpClientName[]

export async function createHttpClient(name: HttpClientName, options: HttpClientOptions): Promise<HttpClient> {
  return (await load[name]())(options)
}
