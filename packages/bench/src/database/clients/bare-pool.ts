import type { DatabaseClient } from './database-client.js'

interface Bare<C> {
  readonly connections: number
  open(): Promise<C>
  query(client: C, text: string): Promise<unknown>
  end(client: C): Promise<unknown>
}

/** The least that a pool of sessions can cost: an array to pop one from and push it to, and an array of those who wait,
 * without limit of time, checks or errors. */
export function barePool<C>({ connections, open, query, end }: Bare<C>): DatabaseClient {
  const all: Promise<C>[] = []
  const free: C[] = []
  const waiting: ((client: C) => void)[] = []

  function taken(): C | Promise<C> {
    const client = free.pop()
    if (client !== undefined) return client
    if (all.length === connections) return new Promise((resolve) => waiting.push(resolve))
    const opening = open()
    all.push(opening)
    return opening
  }

  function give(client: C): void {
    const next = waiting.shift()
    if (next === undefined) free.push(client)
    else next(client)
  }

  return {
    async query(text) {
      const client = await taken()
      const answer = await query(client, text)
      give(client)
      return answer
    },
    close: async () => Promise.all((await Promise.all(all)).map(end)),
  }
}
