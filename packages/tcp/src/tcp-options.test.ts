import { inspect } from 'node:util'
import { InvalidOptionError, systemClock } from '@millpond/core'
import { describe, expect, it } from 'vitest'
import { certificates } from '../test/certificates.js'
import { resolveTcpOptions, type TcpOptions } from './tcp-options.js'
import type { TcpTarget } from './tcp-target.js'

const target = { host: 'db.example', port: 5432 }

function refusal(badTarget: unknown, options?: unknown): InvalidOptionError {
  try {
    resolveTcpOptions(badTarget as TcpTarget, options as TcpOptions)
  } catch (error) {
    if (error instanceof InvalidOptionError) return error
    throw error
  }
  throw new Error('was accepted')
}

describe('what tcp() is given', () => {
  it('is completed with keep-alive after a minute, no Nagle and no TLS', () => {
    expect(resolveTcpOptions(target)).toEqual({
      kind: 'tcp',
      address: 'db.example:5432',
      transport: target,
      tls: undefined,
      keepAliveDelay: 60_000,
      noDelay: true,
      timeouts: { read: Number.POSITIVE_INFINITY, write: Number.POSITIVE_INFINITY },
      dns: undefined,
      autoSelectFamily: true,
      attemptTimeout: 250,
      clock: systemClock,
    })
  })

  it('names the kind of connection and writes the address as messages show it', () => {
    expect(resolveTcpOptions({ path: '/run/db.sock' })).toMatchObject({ kind: 'unix', address: '/run/db.sock' })
    expect(resolveTcpOptions({ path: '/run/db.sock' }, { tls: true })).toMatchObject({ kind: 'tls' })
    expect(resolveTcpOptions({ host: '::1', port: 1 })).toMatchObject({ kind: 'tcp', address: '[::1]:1' })
    expect(resolveTcpOptions(target, { tls: true })).toMatchObject({ kind: 'tls', address: 'db.example:5432' })
  })

  it('may switch keep-alive off or set its delay', () => {
    expect(resolveTcpOptions(target, { keepAlive: false }).keepAliveDelay).toBeUndefined()
    expect(resolveTcpOptions(target, { keepAlive: true }).keepAliveDelay).toBe(60_000)
    expect(resolveTcpOptions(target, { keepAlive: { initialDelay: 5_000 } }).keepAliveDelay).toBe(5_000)
  })

  it.each([
    ['a connection string', 'target', 'tcp://db.example:5432'],
    ['nothing', 'target', undefined],
    ['an empty host', 'target.host', { host: '', port: 1 }],
    ['a missing host', 'target.host', { port: 1 }],
    ['a host with a scheme', 'target.host', { host: 'tcp://db.example', port: 1 }],
    ['a host with a port', 'target.host', { host: 'db.example:5432', port: 1 }],
    ['a host in brackets', 'target.host', { host: '[::1]', port: 1 }],
    ['port 0', 'target.port', { host: 'a', port: 0 }],
    ['port 65536', 'target.port', { host: 'a', port: 65_536 }],
    ['a port that is a string', 'target.port', { host: 'a', port: '80' }],
    ['an empty path', 'target.path', { path: '' }],
    ['a host beside a path', 'target.host', { path: '/run/db.sock', host: 'a' }],
    ['a misspelt key', 'target.prot', { host: 'a', port: 1, prot: 2 }],
  ])('refuses as a target %s', (_what, option, value) => {
    expect(refusal(value).option).toBe(option)
  })

  it.each([
    ['an unknown option', 'keepalive', { keepalive: true }],
    ['timeouts that are a number', 'timeouts', { timeouts: 1_000 }],
    ['an unknown timeout', 'timeouts.connect', { timeouts: { connect: 1_000 } }],
    ['a read timeout of 0', 'timeouts.read', { timeouts: { read: 0 } }],
    ['a write timeout that is a text', 'timeouts.write', { timeouts: { write: '1s' } }],
    ['a read timeout that Node cannot time', 'timeouts.read', { timeouts: { read: 2 ** 31 } }],
    ['a write timeout that is not a number', 'timeouts.write', { timeouts: { write: Number.NaN } }],
    ['dns that is a number', 'dns', { dns: 1_000 }],
    ['dns without maxAge', 'dns.maxAge', { dns: {} }],
    ['a maxAge of 0', 'dns.maxAge', { dns: { maxAge: 0 } }],
    ['a maxAge that Node cannot time', 'dns.maxAge', { dns: { maxAge: 2 ** 31 } }],
    ['a maxAge that is a text', 'dns.maxAge', { dns: { maxAge: '30s' } }],
    ['a lookup that is no function', 'dns.lookup', { dns: { maxAge: 1, lookup: 'dns' } }],
    ['an unknown option of dns', 'dns.ttl', { dns: { maxAge: 1, ttl: 1 } }],
    ['two lookups', 'tls.lookup', { dns: { maxAge: 1 }, tls: { lookup: () => {} } }],
    ['autoSelectFamily that is no boolean', 'autoSelectFamily', { autoSelectFamily: 4 }],
    [
      'an attempt timeout below what Node takes',
      'autoSelectFamilyAttemptTimeout',
      { autoSelectFamilyAttemptTimeout: 9 },
    ],
    ['an endless attempt timeout', 'autoSelectFamilyAttemptTimeout', { autoSelectFamilyAttemptTimeout: Infinity }],
    ['a clock that cannot set timers', 'clock', { clock: { now: () => 0 } }],
    ['no clock', 'clock', { clock: 'system' }],
    ['noDelay that is no boolean', 'noDelay', { noDelay: 1 }],
    ['keepAlive that is a number', 'keepAlive', { keepAlive: 1_000 }],
    ['an unknown option of keepAlive', 'keepAlive.delay', { keepAlive: { delay: 1_000 } }],
    ['a keep-alive delay below one second', 'keepAlive.initialDelay', { keepAlive: { initialDelay: 999 } }],
    ['a keep-alive delay the kernel refuses', 'keepAlive.initialDelay', { keepAlive: { initialDelay: 4e7 } }],
    ['a keep-alive delay that is not a number', 'keepAlive.initialDelay', { keepAlive: { initialDelay: Number.NaN } }],
    ['tls that is a number', 'tls', { tls: 1 }],
    ['a host among the TLS options', 'tls.host', { tls: { host: 'other.example' } }],
    ['a socket among the TLS options', 'tls.socket', { tls: { socket: {} } }],
    ['a list', 'options', []],
  ])('refuses as options %s', (_what, option, options) => {
    expect(refusal(target, options).option).toBe(option)
  })

  it('verifies by default and asks for the host by name, without its trailing dot', () => {
    const resolved = resolveTcpOptions({ host: 'db.example.', port: 1 }, { tls: true })
    expect(resolved.tls?.().options).toMatchObject({
      rejectUnauthorized: true,
      servername: 'db.example',
      host: 'db.example.',
    })
  })

  it('sends no server name for an address or a path', () => {
    expect(resolveTcpOptions({ host: '127.0.0.1', port: 1 }, { tls: true }).tls?.().options).not.toHaveProperty(
      'servername',
    )
    expect(resolveTcpOptions({ path: '/run/db.sock' }, { tls: true }).tls?.().options).not.toHaveProperty('servername')
  })

  it('takes an undefined TLS option as one not given', () => {
    const options = { rejectUnauthorized: undefined, checkServerIdentity: undefined } as unknown as object
    const resolved = resolveTcpOptions(target, { tls: options })
    expect(resolved.tls?.().options.rejectUnauthorized).toBe(true)
    expect(resolved.tls?.().options).not.toHaveProperty('checkServerIdentity')
  })

  it('refuses a bad TLS key when the adapter is made, not when the first connection is opened', () => {
    expect(refusal(target, { tls: { key: 'no key', cert: certificates.good } }).option).toBe('tls')
  })

  it.each([
    ['a key in place of the options', target, { tls: certificates.key }],
    ['a passphrase of the wrong type', target, { tls: { key: certificates.key, passphrase: 73_219 } }],
    ['a key that does not fit', target, { tls: { key: `${certificates.key.slice(0, 80)}73219` } }],
    ['a pfx that is none', target, { tls: { pfx: 'secret 73219', passphrase: '73219' } }],
    ['an unknown option', target, { password: '73219' }],
    ['a connection string as a target', 'redis://:73219@cache.example', undefined],
    ['a connection string as a host', { host: 'redis://:73219@cache.example', port: 1 }, undefined],
  ])('keeps secrets out of its errors: %s', (_what, badTarget, options) => {
    const shown = inspect(refusal(badTarget, options), { depth: 10, showHidden: true })
    expect(shown).not.toContain('73219')
    expect(shown).not.toContain('PRIVATE KEY')
    expect(shown).not.toContain('73_219')
  })
})
