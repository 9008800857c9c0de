// A process of its own: `server.ts guarded` or `server.ts unguarded`. Says its port, and answers a message with what it
// has counted. Both let 64 connections in; the guarded one knows whom.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { guard } from '@millpond/http/server'
import { headerTimeout, max, perClient } from './limits.js'

/** What the server tells of itself. */
export interface Counts {
  /** Connections open now, those of this address left aside. */
  readonly foreign: number
  readonly refused: number
}

const server = createServer(async (_request, response) => {
  await setTimeout(2)
  response.end('done\n')
})
const home = '127.0.0.1'
let tell: () => Counts
if (process.argv[2] === 'guarded') {
  const guarded = guard(server, { max, perClient: { max: perClient }, header: { timeout: headerTimeout } })
  tell = () => ({
    foreign: [...guarded.connections()].filter(({ client }) => client !== home).length,
    refused: guarded.stats().refused.client,
  })
} else {
  server.maxConnections = max
  let [foreign, refused] = [0, 0]
  server.on('drop', () => refused++)
  server.on('connection', (socket) => {
    if (socket.remoteAddress === home) return
    foreign++
    socket.once('close', () => foreign--)
  })
  tell = () => ({ foreign, refused })
}

process.on('message', () => process.send?.(tell()))
process.on('disconnect', () => process.exit())
server.listen(0, home, () => process.send?.({ port: (server.address() as AddressInfo).port }))
