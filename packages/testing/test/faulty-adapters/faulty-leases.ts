import { everything, type FaultyAdapter, faulty } from './faulty-adapter.js'
import { lineAdapter } from './line-adapter.js'
import type { LineClient } from './line-client.js'

const clean = 'reset leaves no state'
const cannot = 'reset rejects when it cannot'
const silent = 'reset settles within its timeout'
const whole = 'capacity is a whole number'
const carries = 'a connection carries as many uses'
const programs = 'keeps the promises of a pool'

export const faultyLeases: readonly FaultyAdapter[] = [
  faulty('resets nothing', clean, () => ({ async reset() {} }), [silent]),
  faulty('resets half of it', clean, () => ({
    async reset(client, ctx) {
      await client.ask('CLEAR', ctx.signal)
    },
  })),
  faulty('resets only once', clean, (good) => {
    const known = new WeakSet<LineClient>()
    return {
      async reset(client, ctx) {
        if (!known.has(client)) await good.reset?.(client, ctx)
        known.add(client)
      },
    }
  }),
  faulty(
    'swallows the errors of its reset',
    cannot,
    (good) => ({
      reset: async (client, ctx) => {
        try {
          await good.reset?.(client, ctx)
        } catch {}
      },
      isUsable: () => true,
    }),
    [silent, 'isUsable turns', 'close is final', 'destroy waits'],
  ),
  faulty('never settles a reset of a silent server', silent, () => ({
    async reset(client) {
      await client.ask('CLEAR')
      await client.ask('USE main')
    },
  })),
  faulty('calls a reset passed when its timeout is over', silent, (good) => ({
    reset: async (client, ctx) => {
      try {
        await good.reset?.(client, ctx)
      } catch (error) {
        if (!ctx.signal.aborted) throw error
      }
    },
  })),
  faulty('has a capacity of minus one', whole, () => ({ capacity: () => -1 }), [carries]),
  faulty('has a capacity and a half', whole, () => ({ capacity: () => 1.5 }), [carries]),
  faulty('has a capacity only while it is open', whole, () => ({
    capacity(client) {
      if (client.socket.destroyed) throw new Error('it is closed')
      return 2
    },
  })),
  faulty('carries fewer than its capacity says', carries, (good) => ({
    capacity: () => 4,
    async open(ctx) {
      const client = await good.open(ctx)
      const ask = client.ask.bind(client)
      let isAsking = false
      client.ask = async (question, signal) => {
        if (isAsking) throw new Error('one question at a time')
        isAsking = true
        try {
          return await ask(question, signal)
        } finally {
          isAsking = false
        }
      }
      return client
    },
  })),
  faulty(
    'has an ability that is no function',
    'what the adapter declares is there',
    () => ({
      setRef: true as unknown as () => void,
    }),
    everything,
  ),
  faulty('has no answer to an error of a borrower', 'isFatal answers', () => ({
    isFatal: ((error: Error) => (error instanceof TypeError ? true : undefined)) as () => boolean,
  })),
  faulty('takes every error of a borrower for an Error', 'isFatal answers', () => ({
    isFatal: (error) => (error as Error).message.includes('lost'),
  })),
  faulty(
    'ends a connection that is parked',
    'setRef does no harm',
    () => ({
      setRef: (client, keepAlive) => void (keepAlive || client.socket.destroy()),
    }),
    ['watch, setRef'],
  ),
  faulty('throws when it parks what has ended', 'setRef does no harm', () => ({
    setRef(client) {
      if (client.socket.destroyed) throw new Error('it has no handle any more')
    },
  })),
  faulty('resets nothing from the fourth lease on', programs, (good) => {
    const resets = new WeakMap<LineClient, number>()
    return {
      async reset(client, ctx) {
        resets.set(client, (resets.get(client) ?? 0) + 1)
        if (Number(resets.get(client)) < 4) await good.reset?.(client, ctx)
      },
    }
  }),
  {
    fault: 'has no reset, though leases leave something behind',
    clause: programs,
    also: [],
    make(port) {
      const { reset: _, ...others } = lineAdapter(port)
      return others
    },
  },
]
