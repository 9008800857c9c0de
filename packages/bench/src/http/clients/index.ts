import type { HttpClient, HttpClientOptions } from './http-client.js'

interface Entry {
  /** What is set, beside the connections per origin, and what its documentation has to say for it. */
  readonly tuning: string
  /** Loaded by name, so that a process has in it the one client it measures and no other. */
  load(): Promise<(options: HttpClientOptions) => HttpClient>
}

const entries = {
  millpond: {
    tuning: '`createAgent({ perKey })`, idle connections kept as long as the server does',
    load: async () => (await import('./millpond-agent.js')).millpondAgent,
  },
  node: {
    tuning: "Node's `http.Agent` with `keepAlive: true` and `maxFreeSockets` as high as `maxSockets`",
    load: async () => (await import('./node-agent.js')).nodeAgent,
  },
  agentkeepalive: {
    tuning: '`maxFreeSockets` as high as `maxSockets`, as its README advises, else its defaults',
    load: async () => (await import('./agentkeepalive.js')).agentkeepalive,
  },
  floor: {
    tuning: "an array of sockets below Node's `http.get`; no limit of time, no check, no errors",
    load: async () => (await import('./bare-agent.js')).bareAgent,
  },
  'node, no keep-alive': {
    tuning: "Node's `http.Agent` with `keepAlive: false` and no limit",
    load: async () => (await import('./node-agent.js')).nodeWithoutKeepAlive,
  },
  'millpond dispatcher': {
    tuning: '`createDispatcher({ perKey })`, idle connections kept as long as the server does',
    load: async () => (await import('./millpond-dispatcher.js')).millpondDispatcher,
  },
  'undici.Pool': {
    tuning: '`connections`, else its defaults: `pipelining: 1`',
    load: async () => (await import('./undici.js')).undiciPool,
  },
  'undici.Agent': {
    tuning: '`connections`, else its defaults: `pipelining: 1`',
    load: async () => (await import('./undici.js')).undiciAgent,
  },
  'floor dispatcher': {
    tuning: 'an array of undici clients for each origin; no limit of time, no check, no errors',
    load: async () => (await import('./bare-clients.js')).bareClients,
  },
} satisfies Record<string, Entry>

export type HttpClientName = keyof typeof entries

export const httpClientNames = Object.keys(entries) as HttpClientName[]

/** How each is tuned, in a line for the report. */
export const httpTunings = Object.fromEntries(httpClientNames.map((name) => [name, entries[name].tuning])) as Readonly<
  Record<HttpClientName, string>
>

export async function createHttpClient(name: HttpClientName, options: HttpClientOptions): Promise<HttpClient> {
  return (await entries[name].load())(options)
}
