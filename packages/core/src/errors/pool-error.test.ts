import { expect, it, vi } from 'vitest'
import * as core from '../index.js'
import { isPoolError } from './is-pool-error.js'
import { PoolError } from './pool-error.js'

const timeout = {
  waited: 250.4,
  phase: 'waiting',
  max: 10,
  leased: 10,
  checking: 0,
  connecting: 0,
  closing: 0,
  waiting: 3,
  oldestLease: 1234.6,
  paused: false,
} as const

const samples: [name: string, code: string, error: PoolError][] = [
  ['TimeoutError', 'ERR_POOL_ACQUIRE_TIMEOUT', new core.AcquireTimeoutError('db', timeout)],
  ['AbortError', 'ERR_POOL_ACQUIRE_ABORTED', new core.AcquireAbortedError('db', 12, 'why')],
  ['QueueFullError', 'ERR_POOL_QUEUE_FULL', new core.QueueFullError('db', 7)],
  ['ConnectError', 'ERR_POOL_CONNECT', new core.ConnectError('db', 'pg', 1, new Error('refused'))],
  ['PoolClosedError', 'ERR_POOL_CLOSED', new core.PoolClosedError('db')],
  ['PoolPausedError', 'ERR_POOL_PAUSED', new core.PoolPausedError('db')],
  ['LeaseReleasedError', 'ERR_POOL_LEASE_RELEASED', new core.LeaseReleasedError('db', 4, 'resource')],
]

it.each(samples)('%s has its name, the code %s, the pool and a message of sentences', (name, code, error) => {
  expect(error).toBeInstanceOf(PoolError)
  expect(error).toBeInstanceOf(Error)
  expect({ name: error.name, code: error.code, pool: error.pool }).toEqual({ name, code, pool: 'db' })
  expect(error.message).toContain('"db"')
  expect(error.message).toMatch(/\.$/)
  expect(String(error)).toContain(name)
})

it('names no pool in an invalid option, which may come before there is one', () => {
  const error = new core.InvalidOptionError('size.max', 0, 'a whole number')
  expect([error.name, error.code, error.pool]).toEqual(['InvalidOptionError', 'ERR_POOL_INVALID_OPTION', undefined])
})

it('knows the errors of a pool, and those of one code', () => {
  const error = new core.PoolClosedError('db')
  expect(isPoolError(error)).toBe(true)
  expect(isPoolError(error, 'ERR_POOL_CLOSED')).toBe(true)
  expect(isPoolError(error, 'ERR_POOL_PAUSED')).toBe(false)
})

it('knows no other errors, whatever they call themselves', () => {
  const lookalike = Object.assign(new Error('closed'), { code: 'ERR_POOL_CLOSED', name: 'PoolClosedError' })
  for (const other of [lookalike, null, undefined, 'ERR_POOL_CLOSED', 5, {}]) expect(isPoolError(other)).toBe(false)
})

it('knows the errors of another copy of this package by their brand', async () => {
  vi.resetModules()
  const copy = await import('./pool-closed-error.js')
  const error = new copy.PoolClosedError('db')
  expect(error).not.toBeInstanceOf(PoolError)
  expect(isPoolError(error, 'ERR_POOL_CLOSED')).toBe(true)
})

it('does not show the brand when an error is printed or serialised', () => {
  expect(Object.getOwnPropertySymbols(new core.PoolClosedError('db'))).toEqual([])
  expect(JSON.parse(JSON.stringify(new core.PoolClosedError('db')))).toMatchObject({ code: 'ERR_POOL_CLOSED' })
})

it('says in a timeout how long it took, where the pool stood, what that likely means and what to change', () => {
  const { message } = new core.AcquireTimeoutError('db', timeout)
  expect(message).toContain('within 250 ms')
  expect(message).toContain('10 of at most 10 connections leased')
  expect(message).toContain('3 more waiting')
  expect(message).toContain('the oldest lease is 1235 ms old')
  expect(message).toContain('size.max')
})

it('gives other advice for each phase of a timeout', () => {
  const say = (change: object, cause?: unknown) => new core.AcquireTimeoutError('db', { ...timeout, ...change }, cause)
  expect(say({ phase: 'connecting' }).message).toContain('connect.timeout')
  expect(say({ phase: 'checking' }).message).toContain('health.timeout')
  expect(say({ paused: true }).message).toContain('resume()')
  expect(say({}, new Error('refused')).message).toContain('see cause')
  expect(say({}, new Error('refused')).cause).toEqual(new Error('refused'))
})

it('repeats no secret of a failed open', () => {
  const cause = new Error('cannot reach postgres://app:hunter2@db/orders, password=hunter2')
  const error = new core.ConnectError('db', 'pg', 3, cause)
  expect(error.message).not.toContain('hunter2')
  expect(error.message).toContain('postgres://app:***@db/orders')
  expect(error.message).toContain('3 failures in a row')
  expect(error).toMatchObject({ adapter: 'pg', attempts: 3, cause })
})

it('says what an adapter rejected with when it was no error', () => {
  expect(new core.ConnectError('db', 'pg', 1, 'refused').message).toContain('refused')
  expect(new core.ConnectError('db', 'pg', 1, undefined).message).toContain('undefined')
})
