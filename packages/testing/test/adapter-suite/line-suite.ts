import type { Adapter } from '@millpond/core'
import type { AdapterSuiteOptions } from '../../src/adapter-suite/adapter-suite-options.js'
import { dirty, isClean, lineAdapter, use } from '../faulty-adapters/line-adapter.js'
import type { LineClient } from '../faulty-adapters/line-client.js'
import { LineServer } from '../faulty-adapters/line-server.js'

/** The suite's options for an adapter of the line protocol: each test has a server of its own. */
export function lineSuite(make: (port: number) => Adapter<LineClient> = lineAdapter): AdapterSuiteOptions<LineClient> {
  return {
    name: 'line',
    async setup() {
      const server = await LineServer.start()
      return { adapter: make(server.port), server, teardown: () => server.stop() }
    },
    dirty,
    isClean,
    use,
  }
}
