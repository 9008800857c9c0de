// One generation of the server. Told to drain, it answers what it has read, and ends.
import cluster from 'node:cluster'
import { createServer } from 'node:https'
import { setTimeout } from 'node:timers/promises'
import { guard } from '@millpond/http/server'
import { certificate as cert, key } from '../certificate/files.js'

const server = createServer({ key, cert }, async (_request, response) => {
  await setTimeout(3)
  response.end(`by process ${process.pid}\n`)
})
const guarded = guard(server, { idle: { timeout: 5_000 } })
process.on('message', async () => {
  await guarded.close({ timeout: 5_000 })
  // Not before the cluster knows: a connection that it has just handed over would belong to nobody.
  cluster.worker?.disconnect()
})
// The workers of a cluster share what the first of them was given.
server.listen(0, '127.0.0.1')
