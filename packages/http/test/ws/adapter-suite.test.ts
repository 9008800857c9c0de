import { once } from 'node:events'
import type net from 'node:net'
import { systemClock } from '@millpond/core'
import { adapterSuite } from '@millpond/testing'
import { describe, it } from 'vitest'
import type { WebSocket } from 'ws'
import { certificates } from '../../../tcp/test/certificates.js'
import { Transports } from '../../src/http2/transport.js'
import { wsAdapter } from '../../src/ws/ws-adapter.js'
import { resolveWsOptions, type WsPoolOptions } from '../../src/ws/ws-options.js'
import { readTarget } from '../../src/ws/ws-target.js'
import { ObservedRelay } from '../http2/observed-relay.js'
import { TestWsServer } from './test-ws-server.js'

const ping = { every: 100, timeout: 100 }

function makeAdapter(url: string, given: WsPoolOptions) {
  const options = resolveWsOptions({ ...given, ping })
  const target = readTarget(url)
  const transport = new Transports(options.transport, undefined).to(target, ['http/1.1'])
  return wsAdapter(target, transport, options, { ping, clock: systemClock, onIdleMessage: undefined })
}

const portOf = (webSocket: WebSocket) => (webSocket as never as { _socket?: net.Socket })._socket?.localPort

for (const [name, isTls, options] of [
  ['ws', false, {}],
  ['ws over TLS, shared by four', true, { ca: certificates.authority, concurrency: 4 }],
] as const) {
  adapterSuite(
    { describe, it },
    {
      name,
      runs: 60,
      // The same programs in every run: a change is judged by itself.
      seed: 1,
      async setup() {
        const server = await TestWsServer.start({ isTls })
        const relay = await ObservedRelay.before<WebSocket>(server.port, portOf)
        const adapter = makeAdapter(`ws${isTls ? 's' : ''}://localhost:${relay.port}/rpc`, options)
        return {
          adapter,
          server: relay,
          async teardown() {
            relay.stop()
            await server.close()
          },
        }
      },
      async use(webSocket) {
        const answer = once(webSocket, 'message')
        webSocket.send('echo')
        if (String((await answer)[0]) !== 'echo') throw new Error('what came back is not what was sent')
      },
      ...(options === undefined || 'concurrency' in options
        ? {}
        : {
            dirty: (webSocket: WebSocket) => void webSocket.on('message', leftBehind),
            isClean: (webSocket: WebSocket) => !webSocket.listeners('message').includes(leftBehind),
          }),
    },
  )
}

function leftBehind(): void {}
