import { describe, expect, it } from 'vitest'
import { createWsPool, type WsPoolOptions } from '../ws.js'

function refusal(options: unknown): { code?: string; option?: string; message?: string } {
  try {
    createWsPool(options as WsPoolOptions)
    return {}
  } catch (error) {
    return error as Error
  }
}

describe('createWsPool refuses', () => {
  it.each([
    [7, 'options'],
    [null, 'options'],
    [{ concurrency: 0 }, 'concurrency'],
    [{ protocols: 'a b' }, 'protocols'],
    [{ protocols: ['a', 'a'] }, 'protocols'],
    [{ protocols: 7 }, 'protocols'],
    [{ headers: 'token' }, 'headers'],
    [{ handshake: { timeout: 0 } }, 'handshake.timeout'],
    [{ handshake: { timeuot: 1 } }, 'handshake.timeuot'],
    [{ prepare: true }, 'prepare'],
    [{ onIdleMessage: 'keep' }, 'onIdleMessage'],
    [{ ping: { every: -1 } }, 'ping.every'],
    [{ ws: { followRedirects: true } }, 'ws.followRedirects'],
    [{ ws: 7 }, 'ws'],
    [{ ALPNProtocols: [] }, 'ALPNProtocols'],
    [{ adapter: () => {} }, 'adapter'],
    [{ noDelay: 'yes' }, 'noDelay'],
    [{ health: 7 }, 'health'],
    [{ perKey: 0 }, 'perKey'],
    [{ cocurrency: 2 }, 'cocurrency'],
  ])('%o, and names the option', (options, option) => {
    expect(refusal(options)).toMatchObject({ code: 'ERR_POOL_INVALID_OPTION', option })
  })

  it('headers without showing them', () => {
    expect(refusal({ headers: 'Bearer secret' }).message).not.toContain('secret')
  })
})
