import { expect, it } from 'vitest'
import { AcquireTimeoutError } from '../errors/acquire-timeout-error.js'
import { ConnectError } from '../errors/connect-error.js'
import { PoolPausedError } from '../errors/pool-paused-error.js'
import { Health, isConnectFailure, readEjection } from './ejection.js'

const rules = readEjection('eject', { failures: 2, cooldown: 100, maxCooldown: 300, factor: 2 })
const may = () => true

it('puts a member out after so many failures in a row, and not after as many with a success between', () => {
  const health = new Health(rules)
  expect(health.failed(0, may)).toBe(false)
  health.succeeded()
  expect(health.failed(0, may)).toBe(false)
  expect(health.failed(0, may)).toBe(true)
  expect([health.isOut, health.isIn(99), health.isIn(100)]).toEqual([true, false, true])
})

it('lets one acquire at a time try it after its cool-down', () => {
  const health = new Health(rules)
  health.failed(0, may)
  health.failed(0, may)
  expect(health.beginTrial(99)).toBe(false)
  expect(health.beginTrial(100)).toBe(true)
  expect(health.isIn(100)).toBe(false)
  expect(health.beginTrial(100)).toBe(false)
  health.endTrial()
  expect(health.isIn(100)).toBe(true)
})

it('keeps it out longer with each failed trial, up to maxCooldown, and starts over after a success', () => {
  const health = new Health(rules)
  const lasts: number[] = []
  let now = 0
  health.failed(now, may)
  for (let i = 0; i < 4; i++) {
    expect(health.failed(now, may)).toBe(true)
    const from = now
    while (!health.isIn(now)) now += 10
    lasts.push(now - from)
  }
  expect(lasts).toEqual([100, 200, 300, 300])
  health.succeeded()
  health.failed(now, may)
  expect(health.failed(now, may)).toBe(true)
  expect(health.isIn(now + 100)).toBe(true)
})

it('does not count what fails while it is out: those were there before', () => {
  const health = new Health(rules)
  for (let i = 0; i < 5; i++) health.failed(0, may)
  expect(health.isIn(100)).toBe(true)
})

it('is not brought back by a connection that it had ready, unless its cool-down is over', () => {
  const health = new Health(rules)
  health.failed(0, may)
  health.failed(0, may)
  health.lent(50)
  expect(health.isOut).toBe(true)
  health.lent(100)
  expect(health.isOut).toBe(false)
})

it('stays in where it may not be put out, and where nothing is ever put out', () => {
  const last = new Health(rules)
  const off = new Health(undefined)
  for (let i = 0; i < 9; i++) {
    expect(last.failed(i, () => false)).toBe(false)
    expect(off.failed(i, may)).toBe(false)
  }
  expect([last.isIn(0), off.isIn(0)]).toEqual([true, true])
})

it('knows the failures to connect among the errors of pools', () => {
  const details = {
    waited: 1,
    max: 1,
    leased: 0,
    checking: 0,
    connecting: 1,
    closing: 0,
    waiting: 0,
    oldestLease: undefined,
  }
  const timeout = (phase: 'connecting' | 'waiting') =>
    new AcquireTimeoutError('p', { ...details, phase, paused: false } as never)
  const answers = [new ConnectError('p', 'test', 1, new Error()), timeout('connecting'), timeout('waiting')].map(
    isConnectFailure,
  )
  expect(answers).toEqual([true, true, false])
  expect([new PoolPausedError('p'), new Error('ECONNREFUSED'), undefined].map(isConnectFailure)).toEqual([
    false,
    false,
    false,
  ])
})
