import { mkdtemp, rm } from 'node:fs/promises'
import type net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { adapterSuite } from '@millpond/testing'
import { describe, it } from 'vitest'
import { tcp } from '../src/index.js'
import { readBytes } from './calls.js'
import { certificates } from './certificates.js'
import { ObservedServer } from './observed-server.js'

const common = {
  runs: 100,
  async use(socket: net.Socket) {
    socket.write('echo')
    if ((await readBytes(socket, 4)) !== 'echo') throw new Error('what came back is not what was sent')
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
    ...common,
    name: 'tcp to a Unix socket',
    async setup() {
      const folder = await mkdtemp(join(tmpdir(), 'millpond-'))
      const path = join(folder, 'pond.sock')
      const server = await ObservedServer.start({ path })
      const teardown = async () => {
        await server.stop()
        await rm(folder, { recursive: true })
      }
      return { adapter: tcp({ path }), server, teardown }
    },
  },
)
