import { createKeyedPool, type Lease } from '@millpond/core'
import { acquireTimeout, type Contender, Resource } from '../contender.js'
import { keyWalk } from './key-walk.js'

type Keyed = Contender<Lease<Resource>> & { lastUsed: Resource | undefined }

/** A keyed pool with so many keys and one idle connection for each; every acquire is for the next key of a random order. */
export async function keyedMillpond(count: number): Promise<Keyed> {
  const { keys, next } = keyWalk(count)
  const adapter = { name: 'bench', open: () => new Resource(), close: () => {} }
  const pool = createKeyedPool<string, Resource>({
    key: (target) => target,
    adapter: () => adapter,
    acquire: { timeout: acquireTimeout },
  })
  for (const key of keys) (await pool.acquire(key)).release()
  const keyed: Keyed = {
    lastUsed: undefined,
    acquire: () => pool.acquire(next()),
    release(lease) {
      this.lastUsed = lease.resource
      lease.release()
    },
    close: () => pool.close(),
  }
  return keyed
}
