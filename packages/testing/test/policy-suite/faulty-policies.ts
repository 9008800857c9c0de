import type { Policy, PolicyHooks, PolicyHost } from '@millpond/core'
import type { PolicyClause } from '../../src/policy-suite/policy-clause.js'

/** A policy with a fault, and the clause that is to reject it. */
export interface FaultyPolicy {
  readonly name: string
  readonly clause: PolicyClause
  readonly policy: Policy | (() => Policy)
  readonly most?: number
}

/** A limit on connections that is right but for what a fault changes. */
function limit(max: number, faults: { readonly wakes?: boolean; readonly counts?: number } = {}): Policy {
  const { wakes = true, counts = 1 } = faults
  return {
    name: 'limit',
    attach(host: PolicyHost): PolicyHooks {
      let open = 0
      return {
        mayOpen: () => (open < max ? 'admit' : 'wait'),
        onConnecting: () => {
          open += counts
        },
        onDisconnect: () => {
          open -= counts
          if (wakes) host.wake()
        },
      }
    },
  }
}

export const soundLimit: Policy = limit(3)

export const faultyPolicies: readonly FaultyPolicy[] = [
  {
    name: 'lets an acquire wait for ever',
    clause: 'wakes',
    policy: { name: 'x', admit: ({ waiting }) => (waiting > 1 ? 'admit' : 'wait') },
  },
  {
    name: 'lets opens wait, and never says that they may go on',
    clause: 'wakes',
    policy: () => {
      let opens = 0
      return { name: 'x', mayOpen: () => (opens < 2 ? 'admit' : 'wait'), onConnecting: () => void opens++ }
    },
  },
  { name: 'forgets every other connection that it counts', clause: 'most', most: 3, policy: limit(3, { counts: 0.5 }) },
  {
    name: 'counts a connection only when it is open',
    clause: 'most',
    most: 1,
    policy: () => ({
      name: 'x',
      attach: (host) => {
        let open = 0
        return {
          mayOpen: () => (open < 1 ? 'admit' : 'wait'),
          onConnect: () => {
            open++
            return 'keep'
          },
          onDisconnect: () => {
            open = Math.max(0, open - 1)
            host.wake()
          },
          onConnectError: () => host.wake(),
        }
      },
    }),
  },
  {
    name: 'throws when it is asked',
    clause: 'throws',
    policy: {
      name: 'x',
      onRelease: ({ connection }) => {
        if (connection.uses > 2) throw new Error('too many')
        return 'keep'
      },
    },
  },
  {
    name: 'throws when it is told of a failure without a message',
    clause: 'throws',
    policy: { name: 'x', onConnectError: ({ error }) => void (error as { cause: Error }).cause.message.length },
  },
  {
    name: 'takes back its wait at once',
    clause: 'steady',
    policy: () => {
      let asked = 0
      return {
        name: 'x',
        attach: (host) => ({
          admit: ({ now }) => {
            if (asked++ % 2 === 1) return 'admit'
            host.wake(now + 5)
            return 'wait'
          },
        }),
      }
    },
  },
  {
    name: 'asks to be asked again at the same moment, for ever',
    clause: 'restless',
    policy: {
      name: 'x',
      attach: (host) => ({
        mayOpen: ({ now }) => {
          host.wake(now)
          host.wake()
          return 'wait'
        },
      }),
    },
  },
  { name: 'answers what there is not', clause: 'answers', policy: { name: 'x', onIdle: () => 'close' as 'retire' } },
  {
    name: 'answers later',
    clause: 'answers',
    policy: { name: 'x', onAcquire: (async () => 'keep') as unknown as () => 'keep' },
  },
  {
    name: 'forgets to answer',
    clause: 'answers',
    policy: { name: 'x', admit: (() => {}) as unknown as () => 'admit' },
  },
  {
    name: 'sets a timer of its own',
    clause: 'time',
    policy: {
      name: 'x',
      onConnect: () => {
        setTimeout(() => {}, 1_000)
        return 'keep'
      },
    },
  },
  {
    name: 'draws lots by itself',
    clause: 'apart',
    policy: { name: 'x', onRelease: () => (Math.random() < 0.3 ? 'retire' : 'keep') },
  },
  {
    name: 'remembers the connections of one pool in the next',
    clause: 'apart',
    policy: () => {
      const uses = new Map<number, number>()
      return {
        name: 'x',
        onRelease: ({ connection: { id } }) => {
          uses.set(id, (uses.get(id) ?? 0) + 1)
          return (uses.get(id) ?? 0) > 3 ? 'retire' : 'keep'
        },
      }
    },
  },
  {
    name: 'wakes a pool that it was told has closed',
    clause: 'detached',
    policy: { name: 'x', attach: (host) => ({ detach: () => void queueMicrotask(() => host.wake()) }) },
  },
  { name: 'keeps nothing that is opened', clause: 'serves', policy: { name: 'x', onConnect: () => 'retire' } },
  { name: 'refuses everybody', clause: 'serves', policy: { name: 'x', admit: () => 'reject' } },
]
