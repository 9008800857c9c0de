import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { isError } from './is-error.js'

describe('an error of its own', () => {
  it.each([
    ['an Error with a message', new Error('refused')],
    ['an Error with a cause alone', new Error('', { cause: 'refused' })],
    ['an AbortError', new DOMException('aborted', 'AbortError')],
    ['the errors of several attempts', new AggregateError([new Error('refused')])],
    ["an Error of other globals, as jest's", runInNewContext('new Error("refused")')],
  ])('is %s', (_what, error) => {
    expect(isError(error)).toBe(true)
  })

  it.each([
    ['nothing', undefined],
    ['null', null],
    ['a text', 'refused'],
    ['an object like one', { message: 'refused' }],
    ['an Error that says nothing', new Error()],
  ])('is not %s', (_what, error) => {
    expect(isError(error)).toBe(false)
  })
})
