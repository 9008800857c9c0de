import { type Contender, type PoolSetup, standardSetup } from '../contender.js'
import { Connection, ConnectionPool, type MongoConnection, TimeoutContext } from './mongodb-internals.js'
import { nullMongoServer } from './null-mongo-server.js'

/** Has the answer to its only command, the handshake's, without asking. */
class NullConnection extends Connection {
  async command(): Promise<object> {
    return { ok: 1, helloOk: true, isWritablePrimary: true, minWireVersion: 0, maxWireVersion: 25 }
  }
}

/** What the pool asks of the server it belongs to. */
const owner = {
  topology: { client: { mongoLogger: undefined, s: { authProviders: undefined }, options: { metadata: {} } } },
  handleError: () => {},
  description: { error: null },
}

/** The driver's pool below its front door, as each of its operations calls it. */
export async function mongodb(setup: PoolSetup = standardSetup): Promise<Contender<MongoConnection>> {
  const { connections, acquireTimeout } = setup
  const server = await nullMongoServer()
  const pool = new ConnectionPool(owner, {
    hostAddress: { host: '127.0.0.1', port: server.port, socketPath: undefined, toString: () => 'null' },
    connectionType: NullConnection,
    maxPoolSize: connections,
    waitQueueTimeoutMS: acquireTimeout,
    loadBalanced: false,
  })
  pool.ready()
  const timeouts = { serverSelectionTimeoutMS: acquireTimeout, waitQueueTimeoutMS: acquireTimeout }
  return {
    // Each operation of the driver makes a context of its own.
    acquire: () => pool.checkOut({ timeoutContext: TimeoutContext.create(timeouts) }),
    release: (connection) => pool.checkIn(connection),
    async close() {
      pool.close()
      server.close()
    },
  }
}
