import tls from 'node:tls'
import { describe, expect, it } from 'vitest'
import { tlsIdentity } from './tls-identity.js'

const identity = (options: object, ofAgent: object = {}) => tlsIdentity(options, ofAgent)

describe('tlsIdentity', () => {
  it('is empty where the request says nothing of TLS, or the agent says it already', () => {
    expect(identity({ host: 'a.test', port: 443, headers: {}, ca: undefined })).toBe('')
    expect(identity({ ca: 'PEM' }, { ca: 'other' })).toBe('')
  })

  it('tells apart whatever Node would open different connections for', () => {
    const context = tls.createSecureContext()
    const variants = [
      { ca: 'A' },
      { ca: 'B' },
      { cert: 'A' },
      { ca: Buffer.from('A') },
      { ca: ['A', 'B'] },
      { ca: ['A,B'] },
      { key: [{ pem: 'A' }] },
      { key: [{ pem: 'B' }] },
      { key: [{ pem: 'A', passphrase: 'x' }] },
      { key: 'A', passphrase: 'x' },
      { rejectUnauthorized: false },
      { rejectUnauthorized: true },
      { checkServerIdentity: () => undefined },
      { checkServerIdentity: () => undefined },
      { secureContext: context },
      { secureContext: tls.createSecureContext() },
      { ALPNProtocols: ['http/1.1'] },
      { sigalgs: 'a:b' },
    ]
    expect(new Set(variants.map((options) => identity(options))).size).toBe(variants.length)
    for (const options of variants) expect(identity({ ...options })).toBe(identity(options))
  })

  it('shows nothing of what it stands for', () => {
    expect(identity({ key: 'abracadabra' })).toMatch(/^[\w-]{43}$/)
  })
})
