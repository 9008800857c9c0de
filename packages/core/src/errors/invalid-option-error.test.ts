import { expect, it } from 'vitest'
import { testAdapter } from '../../test/test-adapter.js'
import { createPool } from '../pool/create-pool.js'
import type { PoolOptions } from '../pool/pool-options.js'
import { InvalidOptionError } from './invalid-option-error.js'

it('names the option, the value and what is allowed', () => {
  const error = new InvalidOptionError('size.max', -1, 'a whole number of at least 1')
  expect(error).toMatchObject({ option: 'size.max', value: -1, allowed: 'a whole number of at least 1' })
  expect(error.message).toBe('Invalid option size.max: -1. Allowed: a whole number of at least 1')
})

it('shows a long value shortened', () => {
  const error = new InvalidOptionError('name', 'x'.repeat(500), 'a text')
  expect(error.message.length).toBeLessThan(140)
  expect(error.message).toContain('…')
})

it('shows no secret that was given where an option belongs', () => {
  const mistakes: unknown[] = [
    { password: 'hunter2' },
    { connectionString: 'postgres://app:hunter2@db/orders' },
    { size: { password: 'hunter2' } },
    { acquire: 'postgres://app:hunter2@db/orders' },
    { clock: { password: 'hunter2' } },
    'postgres://app:hunter2@db/orders',
  ]
  for (const options of mistakes) {
    const create = () => createPool(testAdapter(), options as PoolOptions)
    expect(create).toThrow(InvalidOptionError)
    expect(create).not.toThrow(/hunter2/)
  }
})
