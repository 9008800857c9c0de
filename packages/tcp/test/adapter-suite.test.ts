import { mkdtemp, rm } from 'node:fs/promises'
import type net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { adapterSuite } from '@millpond/testing'
import { describe, it } from 'vitest'
import { lines, type TcpOptions, tcp } from '../src/index.js'
import { readBytes } from './calls.js'
import { certificates } from './certificates.js'
import { ObservedServer } from './observed-server.js'

const common = {
  runs: 100,
  // The same programs in every run: a change is judged by itself.
  seed: 1,
  async use(socket: net.Socket) {
    socket.write('echo')
    if ((await readBytes(socket, 4)) !== 'echo') throw new Error('what came back is not what was sent')
  },
}

const lookup: net.LookupFunction = (_host, _options, done) =>
  setImmediate(() => done(null, [{ address: '127.0.0.1', family: 4 }]))

/** Everything that has a timer, short enough to be met by what a silent server is asked. */
const timed: TcpOptions = { timeouts: { read: 200, write: 200 }, dns: { maxAge: 5, lookup } }

/** The same by lines. */
const byLines = {
  ...common,
  async use(socket: net.Socket) {
    if ((await lines(socket).request('echo')) !== 'echo') throw new Error('what came back is not what was sent')
  },
}

adapterSuite(
  { describe, it },
  {
    ...common,
    name: 'tcp',
    async setup() {
      const server = await ObservedServer.start()
      return { adapter: tcp({ host: '127.0.0.1', port: server.port }), server, teardown: () => server.stop() }
    },
  },
)

adapterSuite(
  { describe, it },
  {
    ...byLines,
    name: 'tcp to a name, with timeouts',
    async setup() {
      const server = await ObservedServer.start()
      const adapter = tcp({ host: 'pond.test', port: server.port }, timed)
      return { adapter, server, teardown: () => server.stop() }
    },
  },
)

adapterSuite(
  { describe, it },
  {
    ...common,
    name: 'tcp with TLS',
    async setup() {
      const server = await ObservedServer.start({ isTls: true })
      const adapter = tcp({ host: 'localhost', port: server.port }, { tls: { ca: certificates.authority } })
      return { adapter, server, teardown: () => server.stop() }
    },
  },
)

adapterSuite(
  { describe, it },
  {
    ...byLines,
    name: 'tcp with TLS to a name, with timeouts and certificates that are asked for',
    async setup() {
      const server = await ObservedServer.start({ isTls: true })
      const secure = () => ({ ca: certificates.authority, servername: 'localhost' })
      const adapter = tcp({ host: 'pond.test', port: server.port }, { ...timed, tls: secure })
      return { adapter, server, teardown: () => server.stop() }
    },
  },
)

for (const [name, options] of [
  ['tcp to a Unix socket', {}],
  ['tcp to a Unix socket, with timeouts', timed],
] as const) {
  adapterSuite(
    { describe, it },
    {
      ...common,
      name,
      async setup() {
        const folder = await mkdtemp(join(tmpdir(), 'millpond-'))
        const path = join(folder, 'pond.sock')
        const server = await ObservedServer.start({ path })
        const teardown = async () => {
          await server.stop()
          await rm(folder, { recursive: true })
        }
        return { adapter: tcp({ path }, options), server, teardown }
      },
    },
  )
}
