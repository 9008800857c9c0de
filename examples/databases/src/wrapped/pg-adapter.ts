import { wrapDriver } from '@millpond/database'
import pg from 'pg'

/** The bare client of pg, wrapped: what `@millpond/database/pg` does at length, in its shortest form. */
export function pgAdapter(url: string) {
  return wrapDriver({
    name: 'pg',
    async connect({ signal }) {
      const client = new pg.Client(url)
      // Without a listener, the end of its connection would be that of the process.
      client.on('error', () => {})
      const stop = () => void client.end()
      signal.addEventListener('abort', stop)
      try {
        await client.connect()
      } finally {
        signal.removeEventListener('abort', stop)
      }
      return client
    },
    close: (client) => client.end(),
    destroy: (client) => streamOf(client).destroy(),
    ping: (client) => client.query('select 1'),
    // A transaction that was left open is rolled back, settings and temporary tables go.
    async reset(client) {
      await client.query('rollback')
      await client.query('discard all')
    },
    isUsable: (client) => streamOf(client).writable,
    onLost(client, lost) {
      client.on('end', lost)
      return () => client.off('end', lost)
    },
  })
}

interface WithStream {
  readonly connection: { readonly stream: { readonly writable: boolean; destroy(): void } }
}

const streamOf = (client: pg.Client) => (client as unknown as WithStream).connection.stream
