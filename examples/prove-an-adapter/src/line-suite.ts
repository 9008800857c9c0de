import type { Adapter } from '@millpond/core'
import type { AdapterSuiteOptions } from '@millpond/testing'
import type { LineClient } from './protocol/line-client.js'
import { LineServer } from './server/line-server.js'

/** What the suite has to know: how to get a server and an adapter for it, and what a borrower does. */
export function lineSuite(
  name: string,
  adapter: (port: number) => Adapter<LineClient>,
): AdapterSuiteOptions<LineClient> {
  return {
    name,
    async setup() {
      const server = await LineServer.start()
      return { adapter: adapter(server.port), server, teardown: () => server.stop() }
    },
    dirty: (client) => client.select('shop'),
    isClean: async (client) => (await client.ask('WHICH')) === 'DATABASE main',
  }
}
