import type { Ask } from '../wire/sustained.js'
import { createHttpClient, type HttpClientName } from './clients/index.js'

/** GETs through one client, to each of its origins in turn. */
export interface HttpExchange {
  readonly kind: 'http'
  readonly client: HttpClientName
  /** Per origin. */
  readonly connections: number
  readonly origins: readonly string[]
  readonly path: string
}

export async function askHttp({ client, connections, origins, path }: HttpExchange): Promise<Ask> {
  const asking = await createHttpClient(client, { connections, origin: origins[0] as string })
  let next = 0
  return () => asking.get(origins[next++ % origins.length] as string, path)
}
