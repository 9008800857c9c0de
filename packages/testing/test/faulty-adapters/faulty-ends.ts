import { type FaultyAdapter, faulty } from './faulty-adapter.js'
import { LineClient } from './line-client.js'

const endsOnServer = 'close ends the connection on the server'
const isFinal = 'close is final'
const twice = 'close may be asked twice'
const dead = 'close settles on a connection that the server has ended'
const silent = 'close settles by its deadline'
const overtaken = 'close settles when destroy overtakes it'
const destroys = 'destroy ends the connection on the server'
const atOnce = 'destroy waits for nobody'
const destroysTwice = 'destroy may be called twice'
const destroysDead = 'destroy is safe on a connection that the server has ended'
/** They end connections on the way, and count what is left. */
const counting = ['an open', 'a refused open', 'every open', 'check passes, while', 'setRef', 'watch gives']

export const faultyEnds: readonly FaultyAdapter[] = [
  faulty(
    'leaves the server side of a closed connection open',
    endsOnServer,
    () => {
      const closed = new WeakSet<LineClient>()
      return {
        async close(client) {
          client.socket.unref()
          closed.add(client)
        },
        isUsable: (client) => client.isUsable && !closed.has(client),
        async check(client, ctx) {
          if (closed.has(client)) throw new Error('closed')
          await client.ask('PING', ctx.signal)
        },
      }
    },
    [...counting, twice, '20 rounds'],
  ),
  faulty(
    'opens anew what was closed',
    isFinal,
    (good, port) => ({
      async check(client, ctx) {
        if (client.isUsable) return good.check?.(client, ctx)
        const another = await LineClient.connect(port, ctx.signal)
        another.socket.destroy()
      },
    }),
    ['check rejects', 'check passes, while'],
  ),
  faulty(
    'calls a closed connection usable',
    isFinal,
    () => {
      const dead = new WeakSet<LineClient>()
      return {
        destroy(client) {
          client.socket.destroy()
          dead.add(client)
        },
        isUsable: (client) => client.name !== '' && !dead.has(client),
      }
    },
    ['isUsable turns'],
  ),
  faulty('rejects when it is closed a second time', twice, (good) => {
    const closed = new WeakSet<LineClient>()
    return {
      async close(client, ctx) {
        if (closed.has(client)) throw new Error('it is closed already')
        closed.add(client)
        await good.close(client, ctx)
      },
    }
  }),
  faulty('breaks when it is closed twice at once', twice, (good) => {
    const closing = new WeakSet<LineClient>()
    return {
      close(client, ctx) {
        if (closing.has(client)) return new Promise(() => {})
        closing.add(client)
        return good.close(client, ctx)
      },
    }
  }),
  faulty('waits for a goodbye that never comes', silent, (good) => ({
    close: (client) => good.close(client, { signal: new AbortController().signal, reason: 'retired' }),
  })),
  faulty(
    'waits for the goodbye of a dead connection',
    dead,
    () => ({
      close: (client) =>
        new Promise((resolve) => {
          client.socket.once('end', resolve)
          client.socket.end('QUIT\n')
        }),
    }),
    [twice, silent, overtaken, isFinal],
  ),
  faulty('never settles a close that destroy overtakes', overtaken, (good) => {
    const destroyed = new WeakSet<LineClient>()
    return {
      async close(client, ctx) {
        await good.close(client, ctx)
        if (destroyed.has(client)) await new Promise(() => {})
      },
      destroy(client) {
        client.socket.destroy()
        destroyed.add(client)
      },
    }
  }),
  faulty('does nothing when a connection is to be destroyed', destroys, () => ({ destroy() {} }), [
    ...counting,
    overtaken,
    silent,
    atOnce,
    destroysTwice,
    '20 rounds',
    'setRef',
    'watch',
    'isFatal',
  ]),
  faulty(
    'destroys politely, and waits for the goodbye',
    atOnce,
    () => ({
      destroy(client) {
        void client.ask('QUIT').then(
          () => client.socket.destroy(),
          () => {},
        )
      },
    }),
    [silent, overtaken],
  ),
  faulty(
    'destroys late',
    destroys,
    () => ({
      destroy: (client) => void setTimeout(() => client.socket.destroy(), 3_000).unref(),
    }),
    [...counting, overtaken, silent, atOnce, destroysTwice, '20 rounds'],
  ),
  faulty(
    'throws when it destroys what is destroyed',
    destroysTwice,
    () => ({
      destroy(client) {
        if (client.socket.destroyed) throw new Error('it is destroyed already')
        client.socket.destroy()
      },
    }),
    [destroysDead],
  ),
  faulty('throws when it destroys what the server has ended', destroysDead, () => ({
    destroy(client) {
      if (client.socket.errored !== null) throw new Error(`it failed with ${client.socket.errored.message}`)
      client.socket.destroy()
    },
  })),
  faulty('leaves a timer behind for every connection', '20 rounds of open and close', (good) => ({
    async open(ctx) {
      const client = await good.open(ctx)
      const timer = setInterval(() => {}, 60_000)
      client.socket.on('error', () => clearInterval(timer))
      return client
    },
  })),
  faulty('leaves a listener on the process for every connection', '20 rounds of open and close', (good) => ({
    async open(ctx) {
      const client = await good.open(ctx)
      process.on('SIGUSR2', () => client.socket.destroy())
      return client
    },
  })),
]
