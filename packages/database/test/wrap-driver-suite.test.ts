import { adapterSuite } from '@millpond/testing'
import { describe, it } from 'vitest'
import { LineClient } from '../../testing/test/faulty-adapters/line-client.js'
import { LineServer } from '../../testing/test/faulty-adapters/line-server.js'
import { type Done, type Driver, wrapDriver } from '../src/index.js'

const never = new AbortController().signal

/** What a promise comes to, by a callback. */
function tell<T>(promise: Promise<T>, done: Done<T>): void {
  promise.then(
    (value) => done(undefined, value),
    (error) => done(error),
  )
}

const watching = {
  isUsable: (client: LineClient) => client.isUsable,
  destroy: (client: LineClient) => void client.socket.destroy(),
  onLost({ socket }: LineClient, lost: (error?: Error) => void) {
    const onEnd = () => lost(new Error('the server has closed the connection'))
    socket.on('error', lost).on('end', onEnd)
    return () => socket.off('error', lost).off('end', onEnd)
  },
}

/** A driver of the old kind: callbacks throughout. */
const withCallbacks = (port: number): Driver<LineClient> => ({
  name: 'callbacks',
  connect: ({ signal }, done) => tell(LineClient.connect(port, signal), done),
  close: (client, done) => tell(client.quit(never), done),
  ping: (client, done) => tell(client.ask('PING'), done),
  reset: (client, done) => tell(client.ask('CLEAR'), done),
  ...watching,
})

/** The same behind promises, and deaf to the signal. */
const withPromises = (port: number): Driver<LineClient> => ({
  name: 'promises',
  connect: () => LineClient.connect(port, never),
  close: (client) => client.quit(never),
  ping: (client) => client.ask('PING'),
  reset: (client) => client.ask('CLEAR'),
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
      dirty: (client) => client.ask('SET colour red'),
      isClean: async (client) => (await client.ask('GET colour')) === 'NONE',
      use: (client) => client.ask('PING'),
    },
  )
}
