import { expect, it } from 'vitest'
import type { InspectionEvent } from 'xstate'
import { record, testPool } from '../../test/test-pool.js'
import { inspectWith } from '../machine.js'

it('mirrors every connection by an xstate actor that goes through the same states', async () => {
  const values: unknown[] = []
  const inspect = inspectWith({
    inspect: (event: InspectionEvent) => {
      if (event.type === '@xstate.snapshot' && 'value' in event.snapshot) values.push(event.snapshot.value)
    },
  })
  const { pool, clock } = testPool({ inspect })
  const errors = record(pool, 'error')
  const lease = await pool.acquire()
  lease.release()
  ;(await pool.acquire()).retire()
  await clock.settle()
  expect(values).toEqual([
    'connecting',
    { connected: 'leased' },
    { idle: 'ready' },
    { connected: 'leased' },
    { connected: 'leaving' },
    { closing: 'graceful' },
    'closed',
  ])
  expect(errors).toEqual([])
})

it('mirrors what is lost, what times out and what fails', async () => {
  const last = new Map<string, unknown>()
  const inspect = inspectWith({
    inspect: (event: InspectionEvent) => {
      if (event.type !== '@xstate.snapshot' || !('value' in event.snapshot) || !('id' in event.actorRef)) return
      last.set(String(event.actorRef.id), event.snapshot.value)
    },
  })
  let opens = 0
  const { pool, clock, adapter } = testPool(
    { inspect, connect: { timeout: 50 }, close: { timeout: 50 } },
    {
      open: async () => {
        if (++opens === 1) throw new Error('refused')
        if (opens === 2) return new Promise(() => {})
        const resource = Object.assign(Object.create(null), { id: opens })
        return resource
      },
      watch: (_, signals) => {
        adapter.resources.push({ lose: signals.lost } as never)
        return () => {}
      },
    },
  )
  const errors = record(pool, 'error')
  for (let i = 0; i < 3; i++) {
    pool.acquire().catch(() => {})
    await clock.advance(500)
  }
  expect(last.get('connection-3')).toEqual({ connected: 'leased' })
  adapter.resources[0]?.lose()
  expect([...last.values()]).toEqual(['closed', 'closed', 'closed'])
  expect(errors).toEqual([])
})

it('reports a mirror that throws, and goes on', async () => {
  const broken = new Error('page closed')
  const throwing = () => {
    throw broken
  }
  const first = testPool({ inspect: { connection: throwing } })
  const second = testPool({ inspect: { connection: () => ({ send: throwing }) } })
  for (const { pool } of [first, second]) {
    const errors = record(pool, 'error')
    ;(await pool.acquire()).release()
    await pool.close()
    expect(errors.length).toBeGreaterThan(0)
    for (const { event } of errors) expect(event).toMatchObject({ source: 'inspect', error: broken })
  }
})
