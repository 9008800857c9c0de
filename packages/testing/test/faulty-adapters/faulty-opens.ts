import { once } from 'node:events'
import { everything, type FaultyAdapter, faulty } from './faulty-adapter.js'
import { LineClient } from './line-client.js'

const refused = 'open rejects with an error of its own while the server refuses'
const down = 'open rejects with an error of its own while the server is down'
const leavesNothing = 'a refused open leaves nothing open'
const usable = 'open gives a resource that is usable'
const underWay = 'an open that is aborted under way'
const beforehand = 'an open that was aborted beforehand'
const late = 'an open given up while the server is silent'

/** Rejects as soon as the signal aborts, whatever becomes of the work. */
function giveUpOn<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason))
    work.then(resolve, reject)
  })
}

async function connect(port: number): Promise<LineClient> {
  const client = new LineClient(port)
  try {
    await client.hello()
    return client
  } catch (error) {
    client.socket.destroy()
    throw error
  }
}

export const faultyOpens: readonly FaultyAdapter[] = [
  faulty(
    'leaves its socket open when an open is aborted',
    underWay,
    (_good, port) => ({
      open: ({ signal }) => giveUpOn(connect(port), signal),
    }),
    [late],
  ),
  faulty(
    'gives a late open up without ending it',
    late,
    (_good, port) => ({
      async open({ signal }) {
        signal.throwIfAborted()
        const client = new LineClient(port)
        const abort = () => client.socket.destroy()
        // Only while it connects: from the handshake on nobody ends it any more.
        signal.addEventListener('abort', abort)
        await new Promise((resolve) => client.socket.on('connect', resolve).on('close', resolve))
        signal.removeEventListener('abort', abort)
        await giveUpOn(client.hello(), signal)
        return client
      },
    }),
    [underWay, refused, leavesNothing, down],
  ),
  faulty(
    'looks at its signal only when it has connected, and forgets the socket then',
    beforehand,
    (_good, port) => ({
      async open({ signal }) {
        const client = await connect(port)
        signal.throwIfAborted()
        return client
      },
    }),
    [underWay, late],
  ),
  faulty(
    'never settles an open that was aborted',
    underWay,
    (_good, port) => ({
      async open({ signal }) {
        const client = await connect(port)
        if (!signal.aborted) return client
        client.socket.destroy()
        return new Promise(() => {})
      },
    }),
    [beforehand, late, 'what gives a promise'],
  ),
  faulty(
    'resolves an aborted open with nothing',
    beforehand,
    (good) => ({
      open: async (ctx) => {
        try {
          return await good.open(ctx)
        } catch (error) {
          if (ctx.signal.aborted) return undefined as unknown as LineClient
          throw error
        }
      },
    }),
    [underWay, late],
  ),
  faulty(
    'rejects a refused open with undefined',
    refused,
    (good) => ({
      open: async (ctx) => {
        try {
          return await good.open(ctx)
        } catch {
          return Promise.reject(undefined)
        }
      },
    }),
    [down],
  ),
  faulty(
    'rejects a refused open with a text',
    refused,
    (good) => ({
      open: async (ctx) => {
        try {
          return await good.open(ctx)
        } catch (error) {
          return Promise.reject(String(error))
        }
      },
    }),
    [down],
  ),
  faulty(
    'rejects a refused open with an Error that says nothing',
    refused,
    (good) => ({
      open: async (ctx) => {
        try {
          return await good.open(ctx)
        } catch {
          throw new Error()
        }
      },
    }),
    [down],
  ),
  faulty(
    'swallows the error of a refused open and never settles',
    refused,
    (_good, port) => ({
      open: ({ signal }) =>
        new Promise((resolve, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason))
          LineClient.connect(port, signal).then(resolve, () => {})
        }),
    }),
    everything,
  ),
  faulty(
    'resolves before the server has welcomed it',
    refused,
    (_good, port) => ({
      async open({ signal }) {
        signal.throwIfAborted()
        const client = new LineClient(port)
        client.hello().catch(() => {})
        await once(client.socket, 'connect', { signal }).catch((error) => {
          client.socket.destroy()
          throw error
        })
        return client
      },
    }),
    [leavesNothing],
  ),
  faulty('leaves the socket of a refused open to itself', leavesNothing, (_good, port) => ({
    async open({ signal }) {
      signal.throwIfAborted()
      const client = new LineClient(port)
      await client.hello(signal)
      return client
    },
  })),
  faulty(
    'fails for good after one failure',
    refused,
    (good) => {
      let failure: unknown
      return {
        async open(ctx) {
          if (failure !== undefined) throw failure
          try {
            return await good.open(ctx)
          } catch (error) {
            failure = error
            throw error
          }
        },
      }
    },
    [down, leavesNothing, beforehand, underWay, late, 'what gives a promise'],
  ),
  faulty(
    'shares one resource among its opens',
    'every open gives a resource of its own',
    (good) => {
      let shared: ReturnType<typeof good.open> | undefined
      return {
        open(ctx) {
          shared ??= good.open(ctx)
          return shared
        },
      }
    },
    everything,
  ),
  faulty(
    'hands out a half-open socket',
    usable,
    (good) => ({
      async open(ctx) {
        const client = await good.open(ctx)
        client.socket.end()
        return client
      },
      isUsable: (client) => client.socket.readable,
    }),
    everything,
  ),
  faulty(
    'hands out a connection that it has closed, and calls it healthy',
    'open gives a resource that the server has open',
    (good) => ({
      async open(ctx) {
        const client = await good.open(ctx)
        client.socket.destroy()
        return client
      },
      isUsable: () => true,
      async check() {},
    }),
    everything,
  ),
  faulty('rejects with nothing when nobody listens', down, (good) => ({
    open: async (ctx) => {
      try {
        return await good.open(ctx)
      } catch (error) {
        return Promise.reject(String(error).includes('lost') ? undefined : error)
      }
    },
  })),
]
