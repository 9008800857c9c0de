import { describe, expect, it } from 'vitest'
import type { RequestRecord } from '../load/request.js'
import { ConnectionLostError } from '../protocol/connection-lost-error.js'
import type { RunResult } from '../run.js'
import { judge } from './verdict.js'

const limits = { deadline: 5_000, max: 10 }

const answered: RequestRecord = {
  startedAt: 0,
  sentAt: 1,
  settledAt: 10,
  connection: '1-1',
  error: undefined,
  timesSent: 1,
  timesSettled: 1,
}
/** In flight on a connection of process 1 when that is killed at 100. */
const lost: RequestRecord = {
  ...answered,
  startedAt: 90,
  sentAt: 99,
  settledAt: 103,
  error: new ConnectionLostError('1-1', 'GET 1', undefined),
}
const recovered: RequestRecord = { ...answered, startedAt: 95, sentAt: 640, settledAt: 645, connection: '2-1' }

const good: RunResult = {
  duration: 1_000,
  requests: [answered, lost, recovered],
  outages: [{ killedAt: 100, upAt: 600 }],
  resets: 3,
  accepted: 20,
  most: 10,
  left: 0,
  cutOf: (connection) => (connection.startsWith('1-') ? { from: 100, to: 102 } : undefined),
}

const misses = (run: Partial<RunResult>) => judge({ ...good, ...run }, limits).filter(({ holds }) => !holds)

describe('the verdict', () => {
  it('finds nothing amiss when only what was in flight at a kill failed', () => {
    expect(misses({})).toEqual([])
  })

  it('counts a request that failed without having been sent', () => {
    const request = { ...lost, sentAt: undefined, connection: undefined, error: new Error('no connection in time') }
    expect(misses({ requests: [...good.requests, request] })).toMatchObject([
      {
        criterion: expect.stringContaining('not in flight'),
        numbers: '2 of 3; the first: Error: no connection in time',
      },
    ])
  })

  it('counts a request that was lost on a connection nobody had cut', () => {
    expect(misses({ requests: [...good.requests, { ...lost, connection: '2-7' }] })).toMatchObject([
      { criterion: expect.stringContaining('not in flight'), numbers: expect.stringContaining('ConnectionLostError') },
    ])
  })

  it('counts a request whose connection was lost before the kill, or that was sent long after it', () => {
    const before = { ...lost, startedAt: 40, sentAt: 50, settledAt: 60 }
    const after = { ...lost, startedAt: 400, sentAt: 500, settledAt: 501 }
    expect(misses({ requests: [...good.requests, before, after] })).toMatchObject([
      { numbers: expect.stringMatching(/^2 of 4;/) },
    ])
  })

  it('counts a request in flight at a kill that failed otherwise than with a ConnectionLostError', () => {
    expect(misses({ requests: [...good.requests, { ...lost, error: new TypeError('oops') }] })).toMatchObject([
      { numbers: '2 of 3; the first: TypeError: oops' },
    ])
  })

  it('counts an answer after the deadline, and a request that was never settled', () => {
    const late = { ...recovered, settledAt: 95 + 5_001 }
    const never = { ...recovered, settledAt: undefined, timesSettled: 0 }
    expect(misses({ requests: [...good.requests, late, never] })).toMatchObject([
      { criterion: expect.stringContaining('not in flight'), numbers: expect.stringMatching(/^2 of 4;/) },
    ])
  })

  it.each([{ timesSent: 2 }, { timesSettled: 2 }])('counts a request with %o', (times) => {
    expect(misses({ requests: [...good.requests, { ...lost, ...times }] })).toMatchObject([
      { criterion: expect.stringContaining('failed once'), numbers: '2 in flight, 1 sent or settled twice' },
    ])
  })

  it('names the connections that were one too many', () => {
    expect(misses({ most: 11 })).toMatchObject([{ numbers: '11 at most' }])
  })

  it('names the connections that were left open', () => {
    expect(misses({ left: 2 })).toMatchObject([{ numbers: '2 left' }])
  })

  it('does not take a run for good in which nothing happened', () => {
    expect(misses({ outages: [], resets: 0 })).toMatchObject([{ criterion: expect.stringContaining('was killed') }])
    expect(misses({ requests: [], most: 0 })).toHaveLength(3)
  })

  it('does not take a run for good that was not answered again after a kill', () => {
    expect(misses({ requests: [answered, lost] })).toMatchObject([
      { numbers: '1 kills, 3 resets, answers after 0 of the kills' },
    ])
  })
})
