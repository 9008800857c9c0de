import { once } from 'node:events'
import net from 'node:net'
import { PassThrough } from 'node:stream'
import { setImmediate as turn } from 'node:timers/promises'
import { InvalidOptionError } from '@millpond/core'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { listenersOf } from '../../test/calls.js'
import { LoopbackServer } from '../../test/loopback-server.js'
import { type LengthPrefixedOptions, lengthPrefixed } from './length-prefixed.js'
import { lines } from './lines.js'

let server: LoopbackServer
let socket: net.Socket
let peer: net.Socket
let before: Record<string, number>

beforeEach(async () => {
  server = await LoopbackServer.plain()
  socket = net.connect(server.port, '127.0.0.1').on('error', () => {})
  await once(socket, 'connect')
  peer = await server.accepted()
  before = listenersOf(socket)
})

afterEach(async () => {
  if (!socket.destroyed) expect(listenersOf(socket)).toEqual(before)
  socket.destroy()
  await server.emptied()
  await server.close()
})

const anyOptions = fc.record({
  prefix: fc.constantFrom(1 as const, 2 as const, 4 as const, 8 as const),
  endianness: fc.constantFrom('big' as const, 'little' as const),
})

describe('messages with their length before them', () => {
  it.each<[LengthPrefixedOptions, string]>([
    [{}, '00000002'],
    [{ prefix: 1 }, '02'],
    [{ prefix: 2 }, '0002'],
    [{ prefix: 2, endianness: 'little' }, '0200'],
    [{ prefix: 4, endianness: 'little' }, '02000000'],
    [{ prefix: 8 }, '0000000000000002'],
    [{ prefix: 8, endianness: 'little' }, '0200000000000000'],
  ])('are written as %j says, and read so', async (options, prefix) => {
    await lengthPrefixed(socket, options).write('hi')
    const expected = `${prefix}${Buffer.from('hi').toString('hex')}`
    while (peer.readableLength < expected.length / 2) await turn()
    expect(peer.read().toString('hex')).toBe(expected)
    peer.write(Buffer.from(expected, 'hex'))
    expect(String(await lengthPrefixed(socket, options).read())).toBe('hi')
  })

  it('come out as they went in, however they are cut', async () => {
    const bodies = fc.array(fc.uint8Array({ maxLength: 255 }), { maxLength: 10 })
    await fc.assert(
      fc.asyncProperty(anyOptions, bodies, fc.integer({ min: 1, max: 50 }), async (options, sent, cut) => {
        const there = new PassThrough()
        for (const body of sent) await lengthPrefixed(there, options).write(body)
        const bytes = Buffer.concat(await there.end().toArray())
        const back = new PassThrough()
        const reading = (async () => {
          const read: Buffer[] = []
          for await (const message of lengthPrefixed(back, options)) read.push(message)
          return read
        })()
        for (let at = 0, n = 0; at < bytes.length; at += cut, n++) {
          back.write(bytes.subarray(at, at + cut))
          if (n % 4 === 0) await turn()
        }
        back.end()
        expect(await reading).toEqual(sent.map((body) => Buffer.from(body)))
      }),
      { numRuns: 50 },
    )
  })

  it('may be empty', async () => {
    peer.write(Buffer.alloc(4))
    expect(await lengthPrefixed(socket).read()).toHaveLength(0)
  })

  it('answer requests', async () => {
    const serving = (async () => {
      for await (const message of lengthPrefixed(peer)) await lengthPrefixed(peer).write(Buffer.from(message).reverse())
    })().catch(() => {})
    const wire = lengthPrefixed(socket)
    const answers = await Promise.all([wire.request('abc'), wire.request(Buffer.from('def')), wire.request('')])
    expect(answers.map(String)).toEqual(['cba', 'fed', ''])
    socket.destroy()
    await serving
  })

  it('can follow lines on the same socket', async () => {
    peer.write(Buffer.concat([Buffer.from('header\n'), Buffer.from([0, 2]), Buffer.from('hi'), Buffer.from('end\n')]))
    const [header, body, end] = await Promise.all([
      lines(socket).read(),
      lengthPrefixed(socket, { prefix: 2 }).read(),
      lines(socket).read(),
    ])
    expect([header, String(body), end]).toEqual(['header', 'hi', 'end'])
  })

  it('are refused when they are too long, before any of them has come', async () => {
    peer.write(Buffer.from([0, 0, 1, 1]))
    const reading = lengthPrefixed(socket, { maxLength: 256 }).read()
    await expect(reading).rejects.toMatchObject({ why: 'too-long', message: expect.stringContaining('257') })
    peer.write(Buffer.alloc(8, 0xff))
    await expect(lengthPrefixed(socket, { prefix: 8 }).read()).rejects.toMatchObject({ why: 'too-long' })
  })

  it('are not sent when they are too long, for the option or for the prefix', async () => {
    const tooLong = { why: 'too-long' }
    await expect(lengthPrefixed(socket, { maxLength: 2 }).write('abc')).rejects.toMatchObject(tooLong)
    await expect(lengthPrefixed(socket, { prefix: 1 }).write(Buffer.alloc(256))).rejects.toMatchObject(tooLong)
    await expect(lengthPrefixed(socket).write(5 as never)).rejects.toMatchObject({ why: 'invalid' })
    expect(socket.bytesWritten).toBe(0)
  })

  it('are truncated when the peer ends within the prefix or the body', async () => {
    peer.end(Buffer.from([0, 0]))
    await expect(lengthPrefixed(socket).read()).rejects.toMatchObject({ why: 'truncated' })
  })
})

describe('the options', () => {
  it.each([
    ['prefix', { prefix: 3 }],
    ['endianness', { endianness: 'middle' }],
    ['maxLength', { maxLength: -1 }],
    ['bytes', { bytes: 4 }],
  ])('refuse %s: %j', (option, options) => {
    const refused = () => lengthPrefixed(socket, options as LengthPrefixedOptions)
    expect(refused).toThrow(InvalidOptionError)
    expect(refused).toThrow(expect.objectContaining({ option }))
  })
})
