import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { type PoolConfig, readConfig } from './mysql2-internals.js'
import { coreOptions, hideSecrets, type PoolOptions, splitOptions } from './mysql2-options.js'

const coreOf = (options: PoolOptions) => {
  const { theirs, own } = splitOptions(options)
  return coreOptions(readConfig(theirs), own, () => 0)
}

describe('the options of mysql2, in the core’s words', () => {
  it('have mysql2’s defaults', () => {
    expect(coreOf({})).toEqual({
      name: 'mysql2',
      size: { max: 10 },
      acquire: { timeout: Number.POSITIVE_INFINITY },
      connect: { timeout: 10_100, growth: 'eager', backoff: { maxDelay: 1_000 } },
      idle: { timeout: 60_000 },
      health: { onAcquire: false },
      policies: [],
    })
  })

  it('take 0 as mysql2 does: no limit, no time limit, and not a moment of rest', () => {
    const { size, connect, idle } = coreOf({ connectionLimit: 0, connectTimeout: 0, idleTimeout: 0 })
    expect([size?.max, connect?.timeout, idle?.timeout]).toEqual([
      Number.POSITIVE_INFINITY,
      Number.POSITIVE_INFINITY,
      1,
    ])
  })

  it('are overruled by those of the pool', () => {
    const policies = [{ name: 'mine' }]
    const pool = { name: 'orders', size: { max: 3, min: 1 }, connect: { backoff: { maxDelay: 9 } }, policies }
    const core = coreOf({ connectionLimit: 7, maxIdle: 2, pool })
    expect(core).toMatchObject({ name: 'orders', size: { max: 3, min: 1 }, connect: { backoff: { maxDelay: 9 } } })
    expect(core.policies?.map(({ name }) => name)).toEqual(['at most 2 idle', 'mine'])
  })

  it('hide what is secret, and leave it readable and writable', () => {
    const { connectionConfig } = readConfig({ user: 'me', password: 'secret', ssl: { key: 'secret' } }) as PoolConfig
    hideSecrets(connectionConfig)
    expect(inspect(connectionConfig, { depth: 8 })).not.toContain('secret')
    expect(connectionConfig.password).toBe('secret')
    connectionConfig.password = 'another'
    expect(connectionConfig.password).toBe('another')
  })
})
