import { type Duplex, duplexPair } from 'node:stream'
import { createConnection } from 'mysql2'

/** The client capabilities that need more than a handshake, COMPRESS and SSL, are not offered. */
const capabilityFlags = 0xff_ff_ff & ~0x08_20

let connectionId = 0

/** The client's end of a stream within the process, at whose other end mysql2's own server side has shaken hands. */
export function nullMysqlStream(): Duplex {
  const [client, server] = duplexPair()
  const session = createConnection({ stream: server, isServer: true })
  session.serverHandshake({
    protocolVersion: 10,
    serverVersion: '8.0.0',
    connectionId: ++connectionId,
    statusFlags: 2,
    characterSet: 45,
    capabilityFlags,
    authCallback(_who: unknown, admit: (error: null) => void) {
      admit(null)
      // The server side counts on, where each command of a client begins anew.
      session.sequenceId = 0
    },
  })
  return client
}
