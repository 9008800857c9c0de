import { InvalidOptionError } from '@millpond/core'
import { describe, expect, it } from 'vitest'
import { resolveAgentOptions } from './agent-options.js'
import { createAgent } from './create-agent.js'

describe('the options of an agent', () => {
  it.each([
    ['maxSockets', { maxSockets: 5 }, 'perKey'],
    ['maxTotalSockets', { maxTotalSockets: 5 }, 'total'],
    ['maxFreeSockets', { maxFreeSockets: 5 }, 'idle.max'],
    ['keepAlive', { keepAlive: true }, 'always kept'],
    ['scheduling', { scheduling: 'fifo' }, 'idle.reuse'],
    ['host', { host: 'example.test' }, 'every request'],
    ['perKey', { perKey: 0 }, 'whole number'],
    ['total', { total: -1 }, 'whole number'],
    ['idle', { idle: 5 }, 'object'],
    ['idle.timeout', { idle: { timeout: 0 } }, 'above 0'],
    ['keepAliveMargin', { keepAliveMargin: -1 }, 'at least 0'],
    ['keepAliveMargin', { keepAliveMargin: '1s' }, 'at least 0'],
    ['resend', { resend: 1 }, 'true or false'],
    ['timeout', { timeout: 0 }, 'above 0'],
    ['maxCachedSessions', { maxCachedSessions: 1.5 }, 'at least 0'],
    ['perOrigin', { perOrigin: 5 }, 'option'],
    ['options', 5, 'object'],
  ])('are refused by name and value: %s of %j', (option, options, words) => {
    const make = () => createAgent(options as never)
    expect(make).toThrow(InvalidOptionError)
    expect(make).toThrow(option)
    expect(make).toThrow(words)
  })

  it('are not shown where they may be secret', () => {
    expect(() => createAgent({ passphrase: 'abracadabra', maxSockets: 1 } as never)).not.toThrow('abracadabra')
  })

  it('go to the pool or to the connections', () => {
    const { pool, connection } = resolveAgentOptions({ perKey: 4, ca: 'PEM', idle: { max: 2 }, servername: 'a.test' })
    expect(pool).toEqual({ name: 'http agent', perKey: 4, idle: { max: 2, timeout: 4_000 } })
    expect(connection).toEqual({ ca: 'PEM', servername: 'a.test' })
  })

  it('count as left out when they are undefined', () => {
    const { pool, connection } = resolveAgentOptions({ perKey: undefined, ca: undefined } as never)
    expect(pool.perKey).toBe(Number.POSITIVE_INFINITY)
    expect(connection).toEqual({})
  })
})
