/**
 * Bytes of an idle keep-alive connection under guard beyond those of the same connection without, at 8,000:
 * `node --import tsx test/guard/measure/memory-per-connection.ts [connections]` in packages/http.
 */
import { KeepAliveClient } from './keep-alive-client.js'
import { ServerProcess } from './server-process.js'

const connections = Number(process.argv[2] ?? 8_000)
const options = { max: 10_000, perClient: { max: 10_000 }, lifetime: { maxAge: 3_600_000 }, request: { minRate: 240 } }

async function measure(kind: 'plain' | 'guarded'): Promise<number> {
  const server = await ServerProcess.start(kind, options)
  const first = await KeepAliveClient.connect(server.port)
  await first.run(500)
  const before = (await server.ask('memory')).memory as number
  const clients: KeepAliveClient[] = []
  while (clients.length < connections) {
    const more = Array.from({ length: 200 }, () => KeepAliveClient.connect(server.port))
    clients.push(...(await Promise.all(more)))
  }
  for (const client of clients) await client.run(1)
  const { memory, size } = await server.ask('memory')
  if (size !== connections + 1) throw new Error(`${size} connections instead of ${connections + 1}`)
  for (const { socket } of [first, ...clients]) socket.destroy()
  await server.stop()
  return ((memory as number) - before) / connections
}

const plain = await measure('plain')
const guarded = await measure('guarded')
console.log(`plain: ${plain.toFixed(0)} bytes a connection, guarded: ${guarded.toFixed(0)}`)
console.log(`guard costs ${(guarded - plain).toFixed(0)} bytes per idle connection at ${connections}`)
