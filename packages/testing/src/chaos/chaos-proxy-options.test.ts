import { InvalidOptionError } from '@millpond/core'
import { describe, expect, it } from 'vitest'
import { chaosProxy } from './chaos-proxy.js'
import type { ChaosProxyOptions } from './chaos-proxy-options.js'

describe('an option of a proxy', () => {
  const bad: [string, unknown, unknown][] = [
    ['target', { target: undefined }, undefined],
    ['target', { target: 'localhost:80' }, 'localhost:80'],
    ['target.port', { target: 0 }, 0],
    ['target.port', { target: { host: 'db' } }, undefined],
    ['target.port', { target: { port: 65_536 } }, 65_536],
    ['target.host', { target: { host: '', port: 1 } }, ''],
    ['target.path', { target: { path: '' } }, ''],
    ['target.portt', { target: { port: 1, portt: 2 } }, 2],
    ['host', { target: 1, host: '0.0.0.0' }, '0.0.0.0'],
    ['host', { target: 1, host: 'example.org' }, 'example.org'],
    ['port', { target: 1, port: -1 }, -1],
    ['seed', { target: 1, seed: 0.5 }, 0.5],
    ['seed', { target: 1, seed: 2 ** 31 }, 2 ** 31],
    ['clock', { target: 1, clock: {} }, {}],
    ['upstream', { target: 1, upstream: 'x' }, 'x'],
    ['options', undefined, undefined],
  ]
  it.each(bad)('%s that is bad is refused by name and value: %o', async (option, options, value) => {
    const error = await chaosProxy(options as ChaosProxyOptions).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(InvalidOptionError)
    expect(error).toMatchObject({ option, value })
  })

  it('port that is taken rejects with the error of Node, and leaves nothing', async () => {
    await using first = await chaosProxy({ target: 1 })
    const failed = chaosProxy({ target: 1, port: first.port })
    await expect(failed).rejects.toMatchObject({ code: 'EADDRINUSE' })
  })

  it('port may be chosen', async () => {
    const first = await chaosProxy({ target: 1 })
    const { port } = first
    await first.close()
    await using proxy = await chaosProxy({ target: { host: 'localhost', port: 1 }, port })
    expect(proxy.port).toBe(port)
  })
})
