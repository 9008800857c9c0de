import type { ClientHttp2Session } from 'node:http2'
import { text } from 'node:stream/consumers'
import { type Adapter, systemClock } from '@millpond/core'
import { adapterSuite } from '@millpond/testing'
import { describe, it } from 'vitest'
import { certificates } from '../../../tcp/test/certificates.js'
import { http2Adapter, type SessionHost } from '../../src/http2/http2-adapter.js'
import { Destination } from '../../src/http2/http2-target.js'
import { splitOptions, type TransportOptions, Transports } from '../../src/http2/transport.js'
import { ObservedRelay } from './observed-relay.js'
import { answer, TestHttp2Server } from './test-http2-server.js'

function makeAdapter(url: string, options: TransportOptions): Adapter<ClientHttp2Session> {
  const host: SessionHost = {
    limits: { concurrency: 100, ping: { every: 100, timeout: 100 }, clock: systemClock },
    session: {},
    connections: new WeakMap(),
    foundHttp1: (_destination, socket) => socket.destroy(),
  }
  const destination = new Destination(new URL(url))
  return http2Adapter(destination, new Transports(splitOptions(options), undefined).to(destination, ['h2']), host)
}

for (const [name, isTls, options] of [
  ['http2 by prior knowledge', false, {}],
  ['http2 over TLS', true, { ca: certificates.authority }],
] as const) {
  adapterSuite(
    { describe, it },
    {
      name,
      runs: 60,
      // The same programs in every run: a change is judged by itself.
      seed: 1,
      async setup() {
        const server = await TestHttp2Server.start({ isTls, settings: { maxConcurrentStreams: 30 } }, answer)
        const relay = await ObservedRelay.before<ClientHttp2Session>(
          server.port,
          (session) => session.socket?.localPort,
        )
        const adapter = makeAdapter(`http${isTls ? 's' : ''}://localhost:${relay.port}`, options)
        return {
          adapter,
          server: relay,
          async teardown() {
            relay.stop()
            await server.close()
          },
        }
      },
      async use(session) {
        const stream = session.request({ ':path': '/echo' })
        if ((await text(stream)) !== 'GET /echo') throw new Error('what came back is not what was asked for')
      },
    },
  )
}
