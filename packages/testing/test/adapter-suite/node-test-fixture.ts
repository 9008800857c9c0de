import { describe, it } from 'node:test'
import { adapterSuite } from '../../src/index.js'
import { lineAdapter } from '../faulty-adapters/line-adapter.js'
import { LineServer } from '../faulty-adapters/line-server.js'

// Run by `node --test`: a server of which only the count is known; with FAULT set, an adapter that never ends a connection.
const isFaulty = process.env.FAULT !== undefined
adapterSuite(
  { describe, it },
  {
    name: 'line',
    runs: 3,
    async setup() {
      const server = await LineServer.start()
      const adapter = lineAdapter(server.port)
      return {
        adapter: isFaulty ? { ...adapter, close() {} } : adapter,
        server: { openCount: () => server.openCount() },
        teardown: () => server.stop(),
      }
    },
  },
)
