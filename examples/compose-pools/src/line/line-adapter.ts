import type net from 'node:net'
import { type Adapter, defineAdapter } from '@millpond/core'
import { tcp } from '@millpond/tcp'
import { ask } from './line-client.js'

/** `tcp()` and the protocol's handshake: what is lent is still a plain socket, so only `open` differs. */
export function line(port: number, database = 'main'): Adapter<net.Socket> {
  const transport = tcp({ host: '127.0.0.1', port })
  return defineAdapter({
    ...transport,
    name: 'line',
    async open(ctx) {
      const socket = await transport.open(ctx)
      const giveUp = () => socket.destroy()
      ctx.signal.addEventListener('abort', giveUp)
      try {
        if (ctx.signal.aborted) giveUp()
        await ask(socket, `HELLO ${database}`)
        return socket
      } catch (error) {
        socket.destroy()
        throw error
      } finally {
        ctx.signal.removeEventListener('abort', giveUp)
      }
    },
  })
}
