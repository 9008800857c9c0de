import { type Adapter, defineAdapter } from '@millpond/core'
import { LineClient } from './line-client.js'

/** The adapter for the line protocol as it should be; the faulty ones are this one with a fault. */
export function lineAdapter(port: number): Adapter<LineClient> {
  return defineAdapter<LineClient>({
    name: 'line',
    open: (ctx) => LineClient.connect(port, ctx.signal),
    close: (client, ctx) => client.quit(ctx.signal),
    destroy: (client) => void client.socket.destroy(),
    isUsable: (client) => client.isUsable,
    async check(client, ctx) {
      const answer = await client.ask('PING', ctx.signal)
      if (answer !== 'PONG') throw new Error(`the server answered a PING with ${answer}`)
    },
    async reset(client, ctx) {
      await client.ask('CLEAR', ctx.signal)
      await client.ask('USE main', ctx.signal)
    },
    watch(client, signals) {
      let isReported = false
      const lose = (error?: Error) => {
        if (isReported) return
        isReported = true
        signals.lost(error)
      }
      const onClose = () => lose()
      client.socket.on('error', lose).on('close', onClose)
      return () => {
        isReported = true
        client.socket.off('error', lose).off('close', onClose)
      }
    },
    setRef: (client, keepAlive) => void (keepAlive ? client.socket.ref() : client.socket.unref()),
    isFatal: () => true,
  })
}

/** A setting, and another database: what a borrower may leave behind. */
export async function dirty(client: LineClient): Promise<void> {
  await client.ask('SET colour red')
  await client.ask('USE archive')
}

export async function isClean(client: LineClient): Promise<boolean> {
  return (await client.ask('GET colour')) === 'NONE' && (await client.ask('WHICH')) === 'DATABASE main'
}

/** One exchange as borrowers make it. */
export async function use(client: LineClient): Promise<void> {
  const answer = await client.ask('WHICH')
  if (!answer.startsWith('DATABASE')) throw new Error(`the server answered WHICH with ${answer}`)
}
