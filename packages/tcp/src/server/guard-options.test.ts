import { expect, it } from 'vitest'
import { resolveGuardOptions } from './guard-options.js'

const defaults = { idleTimeout: 75_000, headerTimeout: 60_000 }

it('has the defaults that its documentation says', () => {
  expect(resolveGuardOptions(undefined, defaults)).toMatchObject({
    max: Number.POSITIVE_INFINITY,
    perClient: { max: Number.POSITIVE_INFINITY, key: undefined },
    evictIdle: true,
    idle: { timeout: 75_000 },
    header: { timeout: 60_000 },
    request: { timeout: 300_000, progress: 60_000, minRate: 0, grace: 5_000 },
    handshake: { timeout: 10_000 },
    lifetime: { maxUses: Number.POSITIVE_INFINITY, maxAge: Number.POSITIVE_INFINITY, jitter: 0.1 },
    name: 'guard',
  })
})

it.each([
  ['max', { max: 0 }],
  ['max', { max: 1.5 }],
  ['perClient.max', { perClient: { max: -1 } }],
  ['perClient.key', { perClient: { key: 'address' } }],
  ['evictIdle', { evictIdle: 1 }],
  ['idle.timeout', { idle: { timeout: 0 } }],
  ['header.timeout', { header: { timeout: Number.NaN } }],
  ['request.timeout', { request: { timeout: '5s' } }],
  ['request.progress', { request: { progress: 0 } }],
  ['request.minRate', { request: { minRate: Number.POSITIVE_INFINITY } }],
  ['request.grace', { request: { grace: Number.POSITIVE_INFINITY } }],
  ['handshake.timeout', { handshake: { timeout: -5 } }],
  ['lifetime.maxUses', { lifetime: { maxUses: 0 } }],
  ['lifetime.jitter', { lifetime: { jitter: 2 } }],
  ['name', { name: '' }],
  ['random', { random: 4 }],
  ['idle.timout', { idle: { timout: 5 } }],
])('refuses a bad %s by its name', (option, options) => {
  expect(() => resolveGuardOptions(options as never, defaults)).toThrow(
    expect.objectContaining({ code: 'ERR_POOL_INVALID_OPTION', option }),
  )
})
