// A process of its own: the server, whose generations share one port as workers of a cluster. Says its port; told to
// reload, it starts the next generation and drains the one before; told to count, it says how many connections there
// have been.
import cluster, { type Worker } from 'node:cluster'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'

/** What the server tells of itself. */
export type Told = { readonly port: number } | { readonly reloaded: true }

cluster.setupPrimary({ exec: fileURLToPath(new URL('worker.ts', import.meta.url)) })

async function begin(): Promise<{ worker: Worker; port: number }> {
  const worker = cluster.fork()
  const [address] = (await once(worker, 'listening')) as [AddressInfo]
  return { worker, port: address.port }
}

let current = await begin()
process.on('message', async () => {
  const last = current
  current = await begin()
  last.worker.send('drain')
  await once(last.worker, 'exit')
  process.send?.({ reloaded: true } satisfies Told)
})
process.on('disconnect', () => process.exit())
process.send?.({ port: current.port } satisfies Told)
