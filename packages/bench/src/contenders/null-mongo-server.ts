import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'

/** Accepts connections and never says a word. */
export interface NullMongoServer {
  readonly port: number
  close(): void
}

export async function nullMongoServer(): Promise<NullMongoServer> {
  const server = createServer((socket) => socket.resume().on('error', () => {}))
  server.unref()
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return { port: (server.address() as AddressInfo).port, close: () => void server.close() }
}
