import type { ConnectionInfo, PoolStats } from '@millpond/core'
import { expect, it } from 'vitest'
import { checkAtRest, type Rest } from './check-at-rest.js'
import { Request } from './request.js'
import { Requests } from './requests.js'
import type { SimulatedPoolOptions } from './simulated-pool.js'
import { WaitingLine } from './waiting-line.js'
import { World } from './world.js'

interface Given {
  readonly connections?: readonly Partial<ConnectionInfo>[]
  readonly stats?: Partial<PoolStats>
  readonly options?: SimulatedPoolOptions
  readonly waiting?: readonly Partial<{ client: string; key: string; fresh: boolean; patience: number }>[]
  readonly leasesOf?: Record<string, number>
  readonly rest?: Partial<Rest>
  readonly settledAt?: number
  readonly changedAt?: number
}

const NOW = 100_000

/** Which invariants a pool at rest breaks. */
function broken({
  connections = [],
  stats,
  options = {},
  waiting = [],
  leasesOf = {},
  rest,
  settledAt,
  changedAt,
}: Given): string[] {
  const violations: string[] = []
  const violate = (invariant: number, message: string) => void violations.push(`${invariant} ${message}`)
  const requests = new Requests({ violate } as ConstructorParameters<typeof Requests>[0])
  for (const { client, key = '', fresh = false, patience = 30_000 } of waiting) {
    const line = new WaitingLine({ client, key, priority: 0, fresh })
    line.join(new Request(NOW - 20_000, patience, 1, 'release', line, true, undefined))
    requests.lines.add(line)
    requests.pending++
  }
  for (const [client, leases] of Object.entries(leasesOf)) requests.leasesOf.set(client, leases)
  const infos = connections.map((info, n) => {
    return {
      id: n + 1,
      state: 'idle.ready',
      uses: 1,
      leases: 0,
      generation: 1,
      idleSince: NOW,
      ...info,
    } as ConnectionInfo
  })
  const count = (state: string) => infos.filter((info) => info.state.startsWith(state)).length
  const leases = infos.reduce((sum, info) => sum + info.leases, 0)
  requests.leased = leases
  const world = new World(
    {},
    () => Math.random,
    () => {},
  )
  world.lastSettledAt = settledAt ?? 0
  requests.lastChangeAt = changedAt ?? 0
  checkAtRest({
    stats: {
      state: 'running',
      min: 0,
      max: 10,
      size: infos.length,
      connecting: count('connecting'),
      connected: count('connected'),
      idle: count('idle'),
      closing: count('closing'),
      leases,
      waiting: waiting.length,
      ...stats,
    } as PoolStats,
    connections: infos,
    now: NOW,
    timers: 1,
    requests,
    world,
    options,
    hasKeys: false,
    capacity: 1,
    hasCheck: false,
    violate,
    ...rest,
  })
  return violations.map((violation) => violation.split(' ')[0] as string)
}

const leased = { state: 'connected.leased', leases: 1 } as const

it.each<[string, Given, string[]]>([
  ['nothing', {}, []],
  ['idle and leased ones', { connections: [{}, leased] }, []],
  ['stats that miscount a state', { connections: [leased], stats: { connected: 0, idle: 1 } }, ['10']],
  ['stats that miscount leases', { connections: [leased], stats: { leases: 2 } }, ['10', '3']],
  ['stats that miscount the size', { connections: [{}], stats: { size: 2 } }, ['10']],
  ['more than may be open', { connections: [{}, {}], stats: { max: 1 } }, ['2']],
  ['one in a state that nothing rests in', { connections: [{ state: 'closing.empty' }] }, ['11']],
  ['leases that nobody has', { connections: [leased], rest: { requests: undefined as never } }, ['3']],
  ['waiters that the pool does not know of', { connections: [leased], waiting: [{}], stats: { waiting: 0 } }, ['3']],
  ['a waiter beyond its patience', { connections: [leased], waiting: [{ patience: 5_000 }] }, ['3']],
  ['a waiter within its patience', { connections: [leased], waiting: [{ patience: 19_900 }] }, []],
  ['a waiter beside an idle one', { connections: [{}, leased], waiting: [{}] }, ['4']],
  ['a waiter with nothing to wait for', { connections: [], waiting: [{}], rest: { timers: 0 } }, ['4']],
  [
    'a waiter with a close to wait for',
    { connections: [{ state: 'closing.graceful' }], waiting: [{}], rest: { timers: 0 } },
    [],
  ],
  ['a waiter while nothing is lent', { connections: [{}], waiting: [{}], stats: { state: 'paused' } }, []],
  ['a waiter who wants a fresh one', { connections: [{}], waiting: [{ fresh: true }] }, []],
  [
    'a waiter whose client has its share',
    {
      connections: [{}],
      waiting: [{ client: 'a' }],
      leasesOf: { a: 2 },
      options: { acquire: { perClient: { max: 2 } } },
    },
    [],
  ],
  [
    'a waiter whose client has less than its share',
    {
      connections: [{}],
      waiting: [{ client: 'a' }],
      leasesOf: { a: 1 },
      options: { acquire: { perClient: { max: 2 } } },
    },
    ['4'],
  ],
  ['a waiter of another key', { connections: [{ key: 'x' }], waiting: [{ key: 'y' }], rest: { hasKeys: true } }, []],
  [
    'a waiter of the same key',
    { connections: [{ key: 'x' }], waiting: [{ key: 'x' }], rest: { hasKeys: true } },
    ['4'],
  ],
  [
    'a waiter while another is checked',
    { connections: [{}, { state: 'idle.checking' }], waiting: [{}], rest: { hasCheck: true } },
    [],
  ],
  ['a waiter beside one that carries more', { connections: [leased], waiting: [{}], rest: { capacity: 2 } }, ['4']],
  [
    'a waiter beside one that has been lent often enough',
    {
      connections: [{ ...leased, uses: 3 }],
      waiting: [{}],
      rest: { capacity: 2 },
      options: { lifetime: { maxUses: 3 } },
    },
    [],
  ],
  ['one that was lent too often', { connections: [{ uses: 4 }], options: { lifetime: { maxUses: 3 } } }, ['9']],
  ['more idle than may be', { connections: [{}, {}], options: { idle: { max: 1 } } }, ['9']],
  ['fewer than there should be', { connections: [{}], stats: { min: 2 } }, ['9']],
  [
    'fewer than there should be, and one opening',
    { connections: [{}, { state: 'connecting' }], stats: { min: 3 } },
    [],
  ],
  ['one that is idle for too long', { connections: [{ idleSince: NOW - 31_000 }] }, ['9']],
  ['one that is idle for long, as it should be', { connections: [{ idleSince: NOW - 31_000 }], stats: { min: 1 } }, []],
  [
    'one that is idle for long, and another that was opened just now',
    { connections: [{ idleSince: 0 }], settledAt: NOW - 5 },
    [],
  ],
  [
    'one that is idle for long, and another that was given back just now',
    { connections: [{ idleSince: 0 }], changedAt: NOW - 5 },
    [],
  ],
  [
    'own pools, of which nothing is known',
    { connections: [{ uses: 99, idleSince: 0 }], rest: { options: undefined } },
    [],
  ],
])('looks at a pool at rest with %s', (_, given, expected) => {
  const { rest } = given
  if (rest !== undefined && 'requests' in rest) {
    const violations: string[] = []
    const violate = (invariant: number, _: string) => void violations.push(String(invariant))
    const requests = new Requests({ violate } as ConstructorParameters<typeof Requests>[0])
    expect(broken({ ...given, rest: { requests, violate } })).toEqual([])
    expect(violations).toEqual(expected)
    return
  }
  expect(broken(given)).toEqual(expected)
})
