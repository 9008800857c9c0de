import { describe, expect, it } from 'vitest'
import { parseKeepAlive } from './keep-alive-hint.js'

const none = Number.POSITIVE_INFINITY

describe('parseKeepAlive', () => {
  it.each([
    ['timeout=5', 5_000, none],
    ['timeout=5, max=1000', 5_000, 1_000],
    ['max=3,timeout=7', 7_000, 3],
    ['Timeout = 15 ; Max=2', 15_000, 2],
    ['timeout="60"', 60_000, none],
    ['timeout=0', 0, none],
    ['', none, none],
    ['timeout=soon', none, none],
    ['timeout=-1', none, none],
    ['idletimeout=5', none, none],
    ['timeout=5x', none, none],
    ['max', none, none],
  ])('reads %j', (text, timeout, max) => {
    expect(parseKeepAlive(text)).toEqual({ timeout, max })
  })
})
