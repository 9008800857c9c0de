import { type Adapter, defineAdapter } from '@millpond/core'
import { LineClient } from './line-client.js'

/** How pools handle connections of the line protocol. */
export function line(port: number): Adapter<LineClient> {
  return defineAdapter<LineClient>({
    name: 'line',
    open: (ctx) => LineClient.connect(port, { database: 'main' }, ctx.signal),
    close: (client, ctx) => client.quit(ctx.signal),
    destroy: (client) => void client.socket.destroy(),
    isUsable: (client) => client.isUsable,
    async check(client, ctx) {
      await client.ask('PING', ctx.signal)
    },
    // Where nothing was selected, nothing need be asked of the server.
    async reset(client, ctx) {
      if (client.session.database !== 'main') await client.select('main', ctx.signal)
    },
    watch(client, signals) {
      const onClose = () => signals.lost()
      client.socket.on('close', onClose)
      return () => client.socket.off('close', onClose)
    },
    setRef: (client, keepAlive) => void (keepAlive ? client.socket.ref() : client.socket.unref()),
    isFatal: () => true,
  })
}
