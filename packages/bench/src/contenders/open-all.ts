import type { Contender } from '../contender.js'

/** Resolves when so many connections are open, whatever the pool's own idea is of when to open them. */
export async function openAll<L>(contender: Contender<L>, connections: number): Promise<void> {
  const leases = await Promise.all(Array.from({ length: connections }, () => contender.acquire()))
  for (const lease of leases) contender.release(lease)
}
