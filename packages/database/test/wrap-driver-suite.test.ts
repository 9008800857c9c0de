import { promisify } from 'node:util'
import { adapterSuite } from '@millpond/testing'
import { describe, it } from 'vitest'
import { type Driver, wrapDriver } from '../src/index.js'
import { LineClient } from './line-protocol/line-client.js'
import { LineServer } from './line-protocol/line-server.js'

const ask = promisify((client: LineClient, line: string, done: (error: Error | undefined, answer?: string) => void) =>
  client.ask(line, done),
) as (client: LineClient, line: string) => Promise<string>

const watching = {
  isUsable: (client: LineClient) => client.isOpen,
  onLost(client: LineClient, lost: (error?: Error) => void) {
    client.on('error', lost)
    return () => client.off('error', lost)
  },
}

/** A driver as it is: callbacks throughout. */
const withCallbacks = (port: number): Driver<LineClient> => ({
  name: 'callbacks',
  connect({ signal }, done) {
    const client = new LineClient(port)
    signal.addEventListener('abort', () => client.destroy(), { once: true })
    client.connect((error) => (error ? done(error) : done(undefined, client)))
  },
  close: (client, done) => client.end(done),
  destroy: (client) => client.destroy(),
  ping: (client, done) => client.ask('PING', done),
  reset: (client, done) => client.ask('RESET', done),
  ...watching,
})

/** The same behind promises, and deaf to the signal. */
const withPromises = (port: number): Driver<LineClient> => ({
  name: 'promises',
  connect: () => {
    const client = new LineClient(port)
    return new Promise((resolve, reject) => client.connect((error) => (error ? reject(error) : resolve(client))))
  },
  close: (client) => new Promise<void>((resolve) => client.end(resolve)),
  destroy: (client) => client.destroy(),
  ping: (client) => ask(client, 'PING'),
  reset: (client) => ask(client, 'RESET'),
  ...watching,
})

for (const driver of [withCallbacks, withPromises]) {
  adapterSuite(
    { describe, it },
    {
      name: `wrapDriver with ${driver(0).name}`,
      runs: 60,
      seed: 1,
      async setup() {
        const server = await LineServer.start()
        return { adapter: wrapDriver(driver(server.port)), server, teardown: () => server.stop() }
      },
      dirty: (client) => ask(client, 'SET shop'),
      isClean: async (client) => (await ask(client, 'GET')) === 'none',
      use: (client) => ask(client, 'PING'),
    },
  )
}
