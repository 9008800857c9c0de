import { systemClock } from '@millpond/core'
import { describe, expect, it } from 'vitest'
import { DispatchTarget } from './dispatch-target.js'
import type { Exchange } from './exchange.js'
import { Returns } from './returns.js'
import { Traffic } from './traffic.js'

const turn = () => new Promise((resolve) => setImmediate(resolve))

function returnsTo(giveBack: (name: string) => void) {
  const heard: string[] = []
  const traffic = new Traffic(
    { perTarget: Number.POSITIVE_INFINITY, total: Number.POSITIVE_INFINITY },
    { drained() {}, quiet: () => heard.push('quiet') },
  )
  const target = new DispatchTarget(new URL('http://example.test'), null)
  const returns = new Returns(systemClock, traffic, {
    giveBack: (exchange) => giveBack((exchange as { name?: string }).name as string),
    turnEnded: () => heard.push('end'),
  })
  const exchange = (name: string) => {
    traffic.enter(target)
    return { name, target } as object as Exchange
  }
  return { returns, traffic, heard, exchange }
}

describe('the requests that are over', () => {
  it('are given back at the end of the turn, or when that is asked for', async () => {
    const given: string[] = []
    const { returns, heard, exchange } = returnsTo((name) => given.push(name))
    returns.add(exchange('a'))
    returns.settle()
    expect(given).toEqual(['a'])
    returns.add(exchange('b'))
    returns.add(exchange('c'))
    await turn()
    expect(given).toEqual(['a', 'b', 'c'])
    expect(heard).toEqual(['end', 'quiet'])
  })

  it('are all given back, though one of them throws', async () => {
    const given: string[] = []
    const { returns, traffic, exchange } = returnsTo((name) => {
      given.push(name)
      if (name === 'b') throw new Error('oops')
    })
    for (const name of ['a', 'b', 'c']) returns.add(exchange(name))
    expect(() => returns.settle()).toThrow('oops')
    await turn()
    expect(given).toEqual(['a', 'b', 'c'])
    expect(traffic.active).toBe(0)
  })
})
