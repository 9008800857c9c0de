import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { hideSecrets } from './hide-secrets.js'

describe('an error of a driver', () => {
  it('keeps the name of its command, and none of the arguments', () => {
    const error = Object.assign(new Error('WRONGPASS'), { command: { name: 'auth', args: ['Swordfish'] } })
    expect(hideSecrets(error)).toBe(error)
    expect(error.command).toEqual({ name: 'auth' })
    expect(inspect(error)).not.toContain('Swordfish')
  })

  it('shows no password of a URL, in none of its parts', () => {
    const url = 'redis://app:Swordfish@127.0.0.1:none'
    const error = Object.assign(new TypeError(`Invalid URL ${url}`), { input: url })
    hideSecrets(error)
    expect(inspect(error, { showHidden: true })).not.toContain('Swordfish')
    expect(error.message).toBe('Invalid URL redis://app:***@127.0.0.1:none')
  })

  it('is left alone when it is none', () => {
    expect(hideSecrets('closed')).toBe('closed')
  })
})
