import type { Adapter } from '@millpond/core'
import { everything, type FaultyAdapter, faulty } from './faulty-adapter.js'
import type { LineClient } from './line-client.js'

const turnsFalse = 'isUsable turns false'
const once = 'watch reports a loss exactly once'
const stopped = 'watch reports nothing once it was stopped'
const noListener = 'watch, setRef, check and reset leave no listener'
const stops = 'watch gives a function that stops it'
const passes = 'check passes on a live connection'
const dead = 'check rejects within its timeout on a connection that the server has ended'
const silent = 'check rejects within its timeout when the server is silent'
const down = 'check rejects within its timeout once the server is down'
const refuses = 'check passes, while the server refuses'
const neverThrows = 'what gives a promise rejects'
const ended = ['close is final', 'destroy waits for nobody']

export const faultySenses: readonly FaultyAdapter[] = [
  faulty('calls every connection usable', turnsFalse, () => ({ isUsable: () => true }), ended),
  faulty(
    'says by a promise whether it is usable',
    'isUsable answers at once',
    (good) => ({
      isUsable: ((client: LineClient) => Promise.resolve(good.isUsable?.(client))) as unknown as () => boolean,
    }),
    everything,
  ),
  faulty(
    'calls a killed connection usable again after a while',
    turnsFalse,
    (good) => {
      const asked = new WeakMap<LineClient, number>()
      return {
        isUsable(client) {
          if (good.isUsable?.(client)) return true
          asked.set(client, (asked.get(client) ?? 0) + 1)
          return asked.get(client) === 2
        },
      }
    },
    [...ended, 'reset rejects'],
  ),
  faulty('never reports a loss', once, () => ({ watch: () => () => {} })),
  faulty('reports every sign of a loss', once, () => ({
    watch(client, signals) {
      const lose = () => signals.lost()
      client.socket.on('error', lose).on('close', lose)
      return () => client.socket.off('error', lose).off('close', lose)
    },
  })),
  faulty('reports a connection that is alive', once, (good) => ({
    watch(client, signals) {
      const timer = setTimeout(() => signals.lost(), 1)
      const stop = good.watch?.(client, signals)
      return () => {
        clearTimeout(timer)
        stop?.()
      }
    },
  })),
  faulty(
    'goes on watching when it was told to stop',
    stopped,
    (good) => ({
      watch(client, signals) {
        good.watch?.(client, signals)
        return () => {}
      },
    }),
    [noListener],
  ),
  faulty('breaks when it is told twice to stop watching', stopped, (good) => ({
    watch(client, signals) {
      let stop = good.watch?.(client, signals)
      return () => {
        if (stop === undefined) throw new Error('nobody watches')
        stop()
        stop = undefined
      }
    },
  })),
  faulty('keeps the listeners with which it watched', noListener, (good) => ({
    watch(client, signals) {
      client.socket.on('end', () => {})
      return good.watch?.(client, signals) ?? (() => {})
    },
  })),
  faulty('keeps a listener of every check', noListener, (good) => ({
    async check(client, ctx) {
      client.socket.on('close', () => {})
      await good.check?.(client, ctx)
    },
  })),
  faulty(
    'returns nothing from watch',
    stops,
    (good) => ({
      watch: ((...given: Parameters<NonNullable<typeof good.watch>>) => void good.watch?.(...given)) as never,
    }),
    [once, stopped, noListener],
  ),
  faulty(
    'swallows the errors of its check',
    dead,
    (good) => ({
      check: async (client, ctx) => {
        try {
          await good.check?.(client, ctx)
        } catch {}
      },
    }),
    [silent, down, 'check passes, while', 'close is final'],
  ),
  faulty('never settles a check', passes, () => ({ check: () => new Promise(() => {}) }), everything),
  faulty('never settles a check of a silent server', silent, () => ({
    async check(client) {
      await client.ask('PING')
    },
  })),
  faulty('ignores the timeout of its check for one of its own', silent, () => ({
    async check(client) {
      await client.ask('PING', AbortSignal.timeout(5_000))
    },
  })),
  faulty('calls a check passed when its timeout is over', silent, (good) => ({
    check: async (client, ctx) => {
      try {
        await good.check?.(client, ctx)
      } catch (error) {
        if (!ctx.signal.aborted) throw error
      }
    },
  })),
  faulty('throws where a check is called', neverThrows, (good) => ({
    check(client, ctx) {
      if (!client.isUsable) throw new Error('the connection is closed')
      return good.check?.(client, ctx) ?? Promise.resolve()
    },
  })),
  faulty(
    'leaves an answer of its check to the next borrower',
    passes,
    () => ({
      async check(client, ctx) {
        if ((await client.ask('PING', ctx.signal)) !== 'PONG') throw new Error('no PONG')
        // The answer to this one finds the question of somebody else.
        client.socket.write('PING\n')
      },
    }),
    everything,
  ),
  faulty(
    'passes the check of a connection that it opened for the check',
    dead,
    (good) => ({
      async check(client, ctx) {
        if (client.isUsable) return good.check?.(client, ctx)
        const another = await good.open({ signal: ctx.signal, connectionId: 1, timeout: 1_000, attempt: 1 })
        await good.check?.(another, ctx)
        another.socket.destroy()
      },
    }),
    ['check passes, while', 'close is final'],
  ),
  faulty(
    'calls a connection healthy when it cannot open another',
    down,
    (good) => ({
      async check(client, ctx) {
        if (client.isUsable) return good.check?.(client, ctx)
        const fails = await failureOf(good, ctx.signal)
        if (!fails.includes('lost')) throw new Error('the connection was lost')
      },
    }),
    ['close is final'],
  ),
  faulty(
    'calls a connection healthy when another would be refused',
    refuses,
    (good) => ({
      async check(client, ctx) {
        if (client.isUsable) return good.check?.(client, ctx)
        const fails = await failureOf(good, ctx.signal)
        if (!fails.includes('welcome')) throw new Error('the connection was lost')
      },
    }),
    ['close is final'],
  ),
]

/** Why a connection cannot be opened; empty where it can. */
async function failureOf(adapter: Adapter<LineClient>, signal: AbortSignal): Promise<string> {
  try {
    const another = await adapter.open({ signal, connectionId: 1, timeout: 1_000, attempt: 1 })
    another.socket.destroy()
    return ''
  } catch (error) {
    return String(error)
  }
}
