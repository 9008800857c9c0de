import type { ConnectionInfo, PoolEvents } from '@millpond/core'
import { expect, it } from 'vitest'
import { Histories } from './histories.js'
import type { SimulatedPool } from './simulated-pool.js'

type Told = PoolEvents['transition']

function follow(steps: readonly (readonly [id: number, from: string, to: string])[]): string[] {
  const violations: string[] = []
  const told: Told[] = []
  const pool = { on: (_: string, listener: Told) => told.push(listener) } as unknown as SimulatedPool
  const histories = new Histories(pool, (invariant, message) => violations.push(`${invariant}: ${message}`))
  const connections = new Map(steps.map(([id]) => [id, { id } as ConnectionInfo]))
  for (const [id, from, to] of steps) {
    const event = { pool: 'p', connection: connections.get(id), from, to, event: 'any' }
    for (const tell of told) tell(event as unknown as Parameters<Told>[0])
  }
  histories.checkEnded()
  return violations
}

it('finds nothing wrong with histories that go on where they were, from connecting to closed', () => {
  const one = [
    [1, 'connecting', 'connected.leased'],
    [2, 'connecting', 'closing.empty'],
    [1, 'connected.leased', 'closing.graceful'],
    [2, 'closing.empty', 'closed'],
    [1, 'closing.graceful', 'closed'],
  ] as const
  expect(follow(one)).toEqual([])
})

it('finds a step that begins elsewhere, and a history that does not end', () => {
  const gap = [
    [1, 'connecting', 'connected.leased'],
    [1, 'idle.ready', 'idle.checking'],
    [2, 'idle.ready', 'closed'],
  ] as const
  expect(follow(gap)).toEqual([
    '11: connection 1 goes from idle.ready to idle.checking (any), and was connected.leased',
    '11: connection 2 goes from idle.ready to closed (any), and was connecting',
    '11: the history of connection 1 ends in idle.checking',
  ])
})
