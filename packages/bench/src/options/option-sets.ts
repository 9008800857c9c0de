import type { AcquireOptions, Adapter, Policy, PoolOptions } from '@millpond/core'
import type { Resource } from '../contender.js'

/** What is on in one row. No limit is ever reached: what is measured is what it costs to look after it. */
export interface OptionSet {
  /** In the table. */
  readonly title: string
  readonly options?: PoolOptions<Resource>
  /** What the adapter must be able to do for the option to matter. */
  readonly adapter?: Partial<Adapter<Resource>>
  /** What each acquire asks for. */
  readonly asks?: () => AcquireOptions
}

const hour = 3_600_000
const plenty = 1e9

const acquire = { adaptive: true, perClient: { max: 1000 }, nested: 'warn', slow: hour, maxWaiting: plenty } as const
const connect = { breaker: { failures: 5, cooldown: 10_000 }, retry: true } as const
const lifetime = { maxAge: hour, maxUses: plenty }
const lease = { warnAfter: hour, maxDuration: hour }

// Used a moment ago: never due.
const health = { onAcquire: true, after: hour }
const checked = { check: async () => {} }

const policy: Policy<Resource> = {
  name: 'every-hook',
  onConnect: () => 'keep',
  onAcquire: () => 'keep',
  onRelease: () => 'keep',
  onIdle: () => 'keep',
  admit: () => 'admit',
  mayOpen: () => 'admit',
  onConnecting: () => {},
  onConnectError: () => {},
  onDisconnect: () => {},
  detach: () => {},
}

const clients = Array.from({ length: 16 }, (_, index) => `client-${index}`)
let turn = 0
const nextTurn = () => {
  turn = (turn + 1) % clients.length
  return turn
}
const client = () => clients[nextTurn()] as string
const priority = () => nextTurn() % 2

const sets = {
  none: { title: 'every option off' },
  stats: { title: "`stats: 'full'`", options: { stats: 'full' } },
  adaptive: { title: '`acquire.adaptive`', options: { acquire: { adaptive: acquire.adaptive } } },
  perClient: {
    title: '`acquire.perClient`, each acquire of one of 16 clients',
    options: { acquire: { perClient: acquire.perClient } },
    asks: () => ({ client: client() }),
  },
  priority: { title: '`acquire({ priority })`, two of them', asks: () => ({ priority: priority() }) },
  timeout: { title: '`acquire({ timeout })`', asks: () => ({ timeout: 10_000 }) },
  nested: { title: "`acquire.nested: 'warn'`", options: { acquire: { nested: acquire.nested } } },
  order: { title: "`acquire.order: 'lifo'`", options: { acquire: { order: 'lifo' } } },
  slow: { title: '`acquire.slow`', options: { acquire: { slow: acquire.slow } } },
  warnAfter: { title: '`lease.warnAfter`', options: { lease: { warnAfter: lease.warnAfter } } },
  maxDuration: { title: '`lease.maxDuration`', options: { lease: { maxDuration: lease.maxDuration } } },
  policies: { title: '`policies`: one with every hook', options: { policies: [policy] } },
  breaker: { title: '`connect.breaker`', options: { connect: { breaker: connect.breaker } } },
  minSpare: { title: '`size.minSpare`', options: { size: { minSpare: 1 } } },
  reuse: { title: "`idle.reuse: 'random'`", options: { idle: { reuse: 'random' } } },
  health: { title: '`health`: `check`, never due', options: { health }, adapter: checked },
  capacity: {
    title: "`capacity.placement: 'spread'`, two leases a connection",
    options: { capacity: { placement: 'spread' } },
    adapter: { capacity: () => 2 },
  },
  limits: {
    title: '`lifetime`, `idle.max`, `acquire.maxWaiting`, `connect.retry`',
    options: { lifetime, idle: { max: plenty }, acquire: { maxWaiting: plenty }, connect: { retry: connect.retry } },
  },
  every: {
    title: 'every option on',
    options: {
      stats: 'full',
      acquire: { ...acquire, order: 'lifo' },
      connect,
      health,
      lifetime,
      lease,
      size: { minSpare: 1 },
      idle: { reuse: 'random', max: plenty },
      policies: [policy],
    },
    adapter: checked,
    asks: () => ({ client: client(), priority: priority(), timeout: 10_000 }),
  },
} satisfies Record<string, OptionSet>

export type OptionSetName = keyof typeof sets

export const optionSets: Readonly<Record<OptionSetName, OptionSet>> = sets
export const optionSetNames = Object.keys(sets) as OptionSetName[]
