import { describe, expect, it } from 'vitest'
import { observe, tell } from './observe.js'

describe('observing a call', () => {
  it.each([
    ['a value', () => 3, 'resolved with 3'],
    ['nothing', () => {}, 'resolved'],
    ['a promise of a value', async () => 3, 'resolved with 3'],
    ['a rejection', () => Promise.reject(new TypeError('no')), 'rejected with TypeError: no'],
    ['nothing to reject with', () => Promise.reject(), 'rejected with undefined'],
    ['a promise that never settles', () => new Promise(() => {}), 'was still pending after 20 ms'],
  ])('tells of %s', async (_what, call, told) => {
    expect(tell(await observe<unknown>(call, 20))).toBe(told)
  })

  it('tells a throw from a rejection', async () => {
    const outcome = await observe(() => {
      throw new Error('at once')
    }, 20)
    expect(tell(outcome)).toBe('threw Error: at once')
  })

  it('hands over what comes after its limit', async () => {
    const { promise, resolve } = withResolvers<number>()
    const outcome = await observe(() => promise, 1)
    resolve(4)
    if (outcome.how !== 'pending') throw new Error(`it ${tell(outcome)}`)
    expect(await outcome.later).toMatchObject({ how: 'resolved', value: 4 })
  })

  it('shows long values on one line, cut short', async () => {
    const told = tell(await observe(() => Promise.reject(new Error(`${'long '.repeat(40)}\nand more`)), 20))
    expect(told.length).toBeLessThan(140)
    expect(told).toMatch(/…$/)
  })
})

function withResolvers<T>() {
  let resolve: (value: T) => void = () => {}
  const promise = new Promise<T>((settle) => {
    resolve = settle
  })
  return { promise, resolve }
}
