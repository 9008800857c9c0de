import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { InspectionEvent, SnapshotFrom } from 'xstate'
import type { connectionMachine } from './connection-machine.js'
import { inspectWith } from './inspect-with.js'

let warn: ReturnType<typeof vi.spyOn>

beforeEach(() => {
  warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
})
afterEach(() => {
  vi.restoreAllMocks()
  vi.useRealTimers()
})

/** The events and the states of each actor, by its id, in xstate's own terms. */
function recorder() {
  const seen: { id: string; event: string; value: unknown; status: string }[] = []
  const inspect = (event: InspectionEvent) => {
    if (event.type !== '@xstate.snapshot') return
    const snapshot = event.snapshot as SnapshotFrom<typeof connectionMachine>
    const id = 'id' in event.actorRef ? String(event.actorRef.id) : ''
    seen.push({ id, event: event.event.type, value: snapshot.value, status: snapshot.status })
  }
  return { seen, inspect }
}

it('shows each connection as an xstate actor with a readable id', () => {
  const { seen, inspect } = recorder()
  const inspector = inspectWith({ inspect })

  inspector.connection({ id: 1 })
  inspector.connection({ id: 2 })

  expect(seen).toMatchObject([
    { id: 'connection-1', event: 'xstate.init', value: 'connecting' },
    { id: 'connection-2', event: 'xstate.init', value: 'connecting' },
  ])
})

it('calls the actors by another name when it is given one', () => {
  const { seen, inspect } = recorder()
  inspectWith({ inspect, name: 'orders' }).connection({ id: 7 })
  expect(seen).toMatchObject([{ id: 'orders-7' }])
})

it('shows the life of a connection, state by state, until its actor is done', () => {
  const { seen, inspect } = recorder()
  const mirror = inspectWith({ inspect }).connection({ id: 1 })

  for (const event of ['opened', 'rest', 'lease', 'retire', 'released', 'closeSettled']) mirror.send(event)

  expect(seen.map(({ event, value, status }) => [event, value, status])).toEqual([
    ['xstate.init', 'connecting', 'active'],
    ['opened', { connected: 'leased' }, 'active'],
    ['rest', { idle: 'ready' }, 'active'],
    ['lease', { connected: 'leased' }, 'active'],
    ['retire', { connected: 'leaving' }, 'active'],
    ['released', { closing: 'graceful' }, 'active'],
    ['closeSettled', 'closed', 'done'],
  ])
})

it("follows the delays by xstate's names for their events", () => {
  const { seen, inspect } = recorder()
  const mirror = inspectWith({ inspect }).connection({ id: 1 })

  mirror.send('xstate.after.connectTimeout.connection.connecting')
  mirror.send('xstate.after.closeTimeout.connection.closing.pending')

  expect(seen.map(({ value }) => value)).toEqual(['connecting', { closing: 'pending' }, 'closed'])
})

it('never lets a delay of its own fire, however long the connection takes', () => {
  vi.useFakeTimers()
  const { seen, inspect } = recorder()
  inspectWith({ inspect }).connection({ id: 1 })

  expect(vi.getTimerCount()).toBe(0)
  vi.advanceTimersByTime(3_600_000)
  expect(seen).toHaveLength(1)
})

it('ignores in silence what comes after the connection is closed', () => {
  const { seen, inspect } = recorder()
  const mirror = inspectWith({ inspect }).connection({ id: 1 })
  for (const event of ['openFailed', 'ended']) mirror.send(event)
  const until = seen.length

  mirror.send('opened')

  expect(seen).toHaveLength(until)
  expect(warn).not.toHaveBeenCalled()
})

it('takes an observer as well as a function', () => {
  const next = vi.fn()
  inspectWith({ inspect: { next } }).connection({ id: 1 })
  expect(next).toHaveBeenCalledWith(expect.objectContaining({ type: '@xstate.actor' }))
})

it('works without anybody to inspect', () => {
  expect(() => inspectWith({}).connection({ id: 1 }).send('opened')).not.toThrow()
})

it('throws to the pool what the inspection throws, and goes on following the connection', () => {
  const { seen, inspect } = recorder()
  const failure = new Error('the page is gone')
  let broken = false
  const mirror = inspectWith({
    inspect: (event) => {
      inspect(event)
      if (broken) throw failure
    },
  }).connection({ id: 1 })

  broken = true
  expect(() => mirror.send('opened')).toThrow(failure)
  broken = false
  mirror.send('rest')

  expect(seen.map(({ value, status }) => [value, status])).toEqual([
    ['connecting', 'active'],
    [{ connected: 'leased' }, 'active'],
    [{ idle: 'ready' }, 'active'],
  ])
})

it('throws to the pool what the inspection throws when a connection is made', () => {
  const inspector = inspectWith({
    inspect: () => {
      throw new Error('the page is gone')
    },
  })
  expect(() => inspector.connection({ id: 1 })).toThrow('the page is gone')
})
