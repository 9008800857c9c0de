import { EventEmitter, getEventListeners } from 'node:events'
import { beforeEach, describe, expect, it } from 'vitest'
import { untilClosed } from './until-closed.js'

let closing: EventEmitter
let deadline: AbortController
let ends: number
const end = () => {
  ends++
}

beforeEach(() => {
  closing = new EventEmitter()
  deadline = new AbortController()
  ends = 0
})

function expectNoListener(): void {
  expect(closing.listenerCount('close')).toBe(0)
  expect(getEventListeners(deadline.signal, 'abort')).toHaveLength(0)
}

describe('waiting for a close', () => {
  it('begins it once, and resolves when it is over', async () => {
    const closed = untilClosed(closing, deadline.signal, end)
    expect(ends).toBe(1)
    closing.emit('close')
    await closed
    expectNoListener()
  })

  it('resolves when it is over as soon as it has begun', async () => {
    await untilClosed(closing, deadline.signal, () => closing.emit('close'))
    expectNoListener()
  })

  it("rejects with the signal's reason when that aborts first", async () => {
    const closed = untilClosed(closing, deadline.signal, end)
    const reason = new Error('deadline')
    deadline.abort(reason)
    await expect(closed).rejects.toBe(reason)
    expectNoListener()
  })

  it('begins it even when the signal has aborted already', async () => {
    const reason = new Error('deadline')
    deadline.abort(reason)
    await expect(untilClosed(closing, deadline.signal, end)).rejects.toBe(reason)
    expect(ends).toBe(1)
    expectNoListener()
  })
})
