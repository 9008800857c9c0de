// The server's own process, started by `ServerProcess`: node main.ts <port> <costs as JSON>

import type { ServerCosts } from '../options.js'
import { LineServer } from './line-server.js'
import type { Command, Report } from './messages.js'

const [port = '', costs = ''] = process.argv.slice(2)
const tell = (report: Report) => process.send?.(report)

const server = new LineServer(JSON.parse(costs) as ServerCosts, (counts) => tell({ type: 'changed', counts }))

process.on('message', (command: Command) => {
  if (command.type === 'count') tell({ type: 'counted', counts: server.counts })
  else tell({ type: 'reset', connections: server.reset(command.sockets) })
})
// However the parent ends, this ends with it.
process.on('disconnect', () => process.exit())
// Ctrl-C reaches every process of the terminal's group; the parent decides what it means.
process.on('SIGINT', () => {})

await server.listen(Number(port))
tell({ type: 'listening', port: Number(port) })
