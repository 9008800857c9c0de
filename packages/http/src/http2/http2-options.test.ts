import { describe, expect, it } from 'vitest'
import { createHttp2Pool, type Http2PoolOptions } from '../http2.js'
import { resolveHttp2Options } from './http2-options.js'

function refusal(options: unknown): { code?: string; option?: string; message?: string } {
  try {
    createHttp2Pool(options as Http2PoolOptions)
    return {}
  } catch (error) {
    return error as Error
  }
}

describe('createHttp2Pool refuses', () => {
  it.each([
    [7, 'options'],
    [null, 'options'],
    [{ concurrency: 0 }, 'concurrency'],
    [{ concurrency: 1.5 }, 'concurrency'],
    [{ ping: { every: 0 } }, 'ping.every'],
    [{ ping: { timeout: '1s' } }, 'ping.timeout'],
    [{ ping: { evry: 1 } }, 'ping.evry'],
    [{ ping: 7 }, 'ping'],
    [{ http1: 'no' }, 'http1'],
    [{ http1: { perkey: 7 } }, 'http1.perkey'],
    [{ http1: { perKey: 0 } }, 'perKey'],
    [{ retries: -1 }, 'retries'],
    [{ resend: 'yes' }, 'resend'],
    [{ http2: 7 }, 'http2'],
    [{ http2: { createConnection: () => {} } }, 'http2.createConnection'],
    [{ http2: { settings: { maxFrameSize: 1 } } }, 'http2.settings'],
    [{ ALPNProtocols: ['h2'] }, 'ALPNProtocols'],
    [{ adapter: () => {} }, 'adapter'],
    [{ keepAlive: { initialDelay: 1 } }, 'keepAlive.initialDelay'],
    [{ dns: {} }, 'dns.maxAge'],
    [{ perKey: 0 }, 'perKey'],
    [{ total: -1 }, 'total'],
    [{ health: { after: -1 } }, 'health.after'],
    [{ health: 7 }, 'health'],
    [{ idel: {} }, 'idel'],
  ])('%o, and names the option', (options, option) => {
    expect(refusal(options)).toMatchObject({ code: 'ERR_POOL_INVALID_OPTION', option })
  })

  it('a bad key without showing it', () => {
    const { code, message } = refusal({ key: '-----BEGIN PRIVATE KEY-----\nsecret', cert: 'x' })
    expect(code).toBe('ERR_POOL_INVALID_OPTION')
    expect(message).not.toContain('secret')
  })
})

describe('the options complete', () => {
  it('tell servers not to push, unless they are told otherwise', () => {
    expect(resolveHttp2Options().session.settings).toEqual({ enablePush: false })
    const session = { settings: { initialWindowSize: 1 << 20 } }
    expect(resolveHttp2Options({ http2: session }).session.settings).toEqual({ enablePush: false, ...session.settings })
  })

  it('give the agent what means the same for it, and what is given for it alone', () => {
    const { http1 } = resolveHttp2Options({
      name: 'api',
      perKey: 2,
      acquire: { timeout: 7 },
      idle: { timeout: 8 },
      http1: { perKey: 9 },
    })
    expect(http1).toEqual({ name: 'api (http/1.1)', acquire: { timeout: 7 }, resend: true, perKey: 9 })
    expect(resolveHttp2Options({ http1: false }).http1).toBeUndefined()
  })

  it('have a session checked only after it has rested for long', () => {
    expect(resolveHttp2Options().pool.health).toEqual({ after: 10_000 })
    expect(resolveHttp2Options({ health: { after: 7, every: 9 } }).pool.health).toEqual({ after: 7, every: 9 })
  })
})
