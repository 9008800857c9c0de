import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { InvalidOptionError } from '@millpond/core'
import * as undici from 'undici'
import { describe, expect, it } from 'vitest'
import { createDispatcher } from '../../src/undici.js'

describe('the options of a dispatcher', () => {
  it.each([
    ['connections', { connections: 5 }, 'perKey'],
    ['keepAliveTimeout', { keepAliveTimeout: 5 }, 'idle.timeout'],
    ['keepAliveMaxTimeout', { keepAliveMaxTimeout: 5 }, 'idle.timeout'],
    ['keepAliveTimeoutThreshold', { keepAliveTimeoutThreshold: 5 }, 'keepAliveMargin'],
    ['maxRequestsPerClient', { maxRequestsPerClient: 5 }, 'lifetime.maxUses'],
    ['clientTtl', { clientTtl: 5 }, 'lifetime.maxAge'],
    ['maxOrigins', { maxOrigins: 5 }, 'maxKeys'],
    ['connectTimeout', { connectTimeout: 5 }, 'connect.timeout'],
    ['interceptors', { interceptors: {} }, 'compose'],
    ['allowH2', { allowH2: true }, 'createHttp2Pool'],
    ['factory', { factory() {} }, 'connector'],
    ['tls', { tls: {} }, 'beside'],
    ['noDelay', { noDelay: false }, 'always on'],
    ['connect', { connect() {} }, 'connector'],
    ['perKey', { perKey: 0 }, 'whole number'],
    ['total', { total: -1 }, 'whole number'],
    ['idle', { idle: 5 }, 'object'],
    ['idle.timeout', { idle: { timeout: 0 } }, 'above 0'],
    ['keepAliveMargin', { keepAliveMargin: -1 }, 'at least 0'],
    ['resend', { resend: 1 }, 'true or false'],
    ['pipelining', { pipelining: 0 }, 'whole number'],
    ['connector', { connector: {} }, 'function'],
    ['socketPath', { socketPath: '' }, 'text'],
    ['headersTimeout', { headersTimeout: 0 }, 'above 0'],
    ['bodyTimeout', { bodyTimeout: '1s' }, 'above 0'],
    ['maxHeaderSize', { maxHeaderSize: 0 }, 'whole number'],
    ['maxResponseSize', { maxResponseSize: -1 }, 'whole number'],
    ['strictContentLength', { strictContentLength: 1 }, 'true or false'],
    ['maxCachedSessions', { maxCachedSessions: 1.5 }, 'whole number'],
    ['perOrigin', { perOrigin: 5 }, 'option'],
    ['options', 5, 'object'],
  ])('are refused by name and value: %s of %j', (option, options, words) => {
    const make = () => createDispatcher(options as never)
    expect(make).toThrow(InvalidOptionError)
    expect(make).toThrow(option)
    expect(make).toThrow(words)
  })

  it('are not shown where they may be secret', () => {
    expect(() => createDispatcher({ passphrase: 'abracadabra', connections: 1 } as never)).not.toThrow('abracadabra')
  })

  it('count as left out when they are undefined, and Infinity switches limits off', async () => {
    const never = Number.POSITIVE_INFINITY
    await createDispatcher({ perKey: undefined, ca: undefined, connector: undefined } as never).close()
    await createDispatcher({ headersTimeout: never, bodyTimeout: never, maxResponseSize: never }).close()
  })

  it('lead to a Unix socket', async () => {
    const socketPath = path.join(os.tmpdir(), `millpond-${process.pid}-${Date.now()}.sock`)
    const server = net.createServer((socket) => {
      socket.on('data', () => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nunix'))
    })
    await new Promise<void>((resolve) => server.listen(socketPath, resolve))
    const dispatcher = createDispatcher({ socketPath })
    const { body } = await undici.request('http://anything.test/', { dispatcher })
    expect(await body.text()).toBe('unix')
    await dispatcher.close()
    server.close()
  })
})
