import * as nodeTest from 'node:test'
import { adapterSuite } from '../../src/index.js'
import { lineAdapter } from '../faulty-adapters/line-adapter.js'
import { LineServer } from '../faulty-adapters/line-server.js'

// A server of which only the count is known; with FAULT set, an adapter that never ends a connection. Run by mocha or jest,
// which have their functions as globals, or by `node --test`.
const { describe, it } = { ...nodeTest, ...(globalThis as Partial<Pick<typeof nodeTest, 'describe' | 'it'>>) }
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
