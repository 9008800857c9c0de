import { once } from 'node:events'
import net from 'node:net'
import { PassThrough } from 'node:stream'
import { setImmediate as turn } from 'node:timers/promises'
import { InvalidOptionError } from '@millpond/core'
import { virtualClock } from '@millpond/testing'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { listenersOf, openContext, watch } from '../../test/calls.js'
import { LoopbackServer } from '../../test/loopback-server.js'
import { tcp } from '../tcp-adapter.js'
import { FrameError } from './frame-error.js'
import { lengthPrefixed } from './length-prefixed.js'
import { type LinesOptions, lines } from './lines.js'

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

const failure = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    (value) => Promise.reject(new Error(`resolved with ${value}`)),
    (error: unknown) => error,
  )

/** What was sent has come, and lies unread. */
async function unread(bytes: number): Promise<void> {
  while (socket.readableLength < bytes) await turn()
}

describe('reading lines', () => {
  it('gives one for each read, in order, without its end', async () => {
    const wire = lines(socket)
    peer.write('one\ntwo\r\n\nfour\n')
    expect(await wire.read()).toBe('one')
    expect(await wire.read()).toBe('two')
    expect(await wire.read()).toBe('')
    expect(await wire.read()).toBe('four')
  })

  it('gives them to those who wait, in line', async () => {
    const wire = lines(socket)
    const reads = Promise.all([wire.read(), wire.read(), lines(socket).read()])
    peer.write('one\ntwo\nthree\nfour\n')
    expect(await reads).toEqual(['one', 'two', 'three'])
    expect(await wire.read()).toBe('four')
  })

  it('puts them together however they come', async () => {
    const texts = fc.array(
      fc.string({ unit: 'grapheme' }).map((text) => text.replace(/[\r\n]/g, '')),
      { maxLength: 20 },
    )
    await fc.assert(
      fc.asyncProperty(texts, fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }), async (sent, cuts) => {
        const stream = new PassThrough()
        const wire = lines(stream)
        const bytes = Buffer.from(sent.map((line, n) => line + (n % 2 === 0 ? '\n' : '\r\n')).join(''))
        const reading = (async () => {
          const read: string[] = []
          for await (const line of wire) read.push(line)
          return read
        })()
        for (let at = 0, n = 0; at < bytes.length; n++) {
          const end = at + (cuts[n % cuts.length] as number)
          stream.write(bytes.subarray(at, end))
          at = end
          if (n % 3 === 0) await turn()
        }
        stream.end()
        expect(await reading).toEqual(sent)
      }),
      { numRuns: 50 },
    )
  })

  it('leaves in the socket what it was not asked for, for the pool and the next one to see', async () => {
    peer.write('one\ntwo\nthr')
    expect(await lines(socket).read()).toBe('one')
    await unread(7)
    expect(socket.readableLength).toBe(7)
    expect(await lines(socket).read()).toBe('two')
    expect(socket.readableLength).toBe(3)
    peer.write('ee\n')
    expect(await lines(socket).read()).toBe('three')
    expect(socket.readableLength).toBe(0)
  })

  it('does not read ahead: a peer that sends without end is held up', async () => {
    const wire = lines(socket)
    peer.write(Buffer.alloc(48_000_000, 'line\n'))
    for (let n = 0; n < 100; n++) expect(await wire.read()).toBe('line')
    for (let n = 0; n < 50; n++) await turn()
    expect(peer.writableLength).toBeGreaterThan(0)
    expect(socket.readableLength).toBeLessThan(1_000_000)
    peer.destroy()
  })

  it('takes texts in other encodings', async () => {
    peer.write(Buffer.from('caf\xe9\n', 'latin1'))
    expect(await lines(socket, { encoding: 'latin1' }).read()).toBe('café')
  })

  it('ends an iteration with the connection, and leaves nothing when it is left early', async () => {
    peer.write('one\ntwo\nthree\n')
    for await (const line of lines(socket)) if (line === 'one') break
    expect(listenersOf(socket)).toEqual(before)
    peer.end()
    const rest: string[] = []
    for await (const line of lines(socket)) rest.push(line)
    expect(rest).toEqual(['two', 'three'])
  })
})

describe('a line that does not come', () => {
  it('is refused when it is too long, before its end has come, with an error that says so', async () => {
    const wire = lines(socket, { maxLength: 10 })
    peer.write('x'.repeat(10))
    await unread(10)
    const reading = failure(wire.read())
    peer.write('xx')
    const error = await reading
    expect(error).toBeInstanceOf(FrameError)
    expect(error).toMatchObject({ why: 'too-long', code: 'ERR_TCP_FRAME', message: expect.stringContaining('10') })
    expect(socket.readableLength).toBe(12)
    expect(await failure(Promise.all([wire.read(), wire.read()]))).toMatchObject({ why: 'too-long' })
  })

  it.each(['\n', '\r\n'])('is taken when it has just as many bytes as it may, with the end %j', async (end) => {
    const wire = lines(socket, { maxLength: 10 })
    const reading = wire.read()
    for (const piece of ['x'.repeat(10), ...end]) {
      peer.write(piece)
      await turn()
    }
    expect(await reading).toBe('x'.repeat(10))
    peer.write(`${'x'.repeat(11)}${end}`)
    expect(await failure(wire.read())).toMatchObject({ why: 'too-long' })
  })

  it('is truncated when the peer ends in its midst', async () => {
    const reading = failure(lines(socket).read())
    peer.end('half a li')
    const error = await reading
    expect(error).toMatchObject({ name: 'FrameError', why: 'truncated', message: expect.stringContaining('9 bytes') })
  })

  it('fails an iteration when it is truncated', async () => {
    peer.end('one\nhalf')
    const read: string[] = []
    const reading = (async () => {
      for await (const line of lines(socket)) read.push(line)
    })()
    expect(await failure(reading)).toMatchObject({ why: 'truncated' })
    expect(read).toEqual(['one'])
  })

  it('has not begun when the peer ends before it, now or long ago', async () => {
    const wire = lines(socket)
    const reading = Promise.all([failure(wire.read()), failure(wire.read())])
    peer.end()
    for (const error of await reading) expect(error).toMatchObject({ why: 'ended' })
    await new Promise((resolve) => (socket.closed ? resolve(0) : socket.on('close', resolve)))
    expect(await failure(wire.read())).toMatchObject({ why: 'ended' })
  })

  it('fails with the error of the socket', async () => {
    const wire = lines(socket)
    const reading = failure(wire.read())
    peer.resetAndDestroy()
    expect(await reading).toMatchObject({ code: 'ECONNRESET' })
    expect(await failure(wire.read())).toMatchObject({ code: 'ECONNRESET' })
  })

  it('is closed when the socket is destroyed on this side', async () => {
    const wire = lines(socket)
    const reading = failure(wire.read())
    socket.destroy()
    expect(await reading).toMatchObject({ why: 'closed' })
    expect(await failure(wire.read())).toMatchObject({ why: 'closed' })
    await expect(
      (async () => {
        for await (const _line of wire);
      })(),
    ).rejects.toMatchObject({ why: 'closed' })
  })

  it('is given up when the signal aborts, and is the next reader’s', async () => {
    const wire = lines(socket)
    const abort = new AbortController()
    const given = failure(wire.read({ signal: abort.signal }))
    const next = wire.read()
    peer.write('hel')
    await turn()
    await turn()
    const reason = new Error('enough')
    abort.abort(reason)
    expect(await given).toBe(reason)
    peer.write('lo\n')
    expect(await next).toBe('hello')
    expect(await failure(wire.read({ signal: abort.signal }))).toBe(reason)
  })

  it('leaves to the next reader what was not enough for it', async () => {
    const abort = new AbortController()
    const given = failure(lengthPrefixed(socket, { prefix: 1 }).read({ signal: abort.signal }))
    const next = lines(socket).read()
    // Of 48 bytes, by the first.
    peer.write('0123\n')
    while (socket.bytesRead < 5) await turn()
    await turn()
    abort.abort()
    await given
    expect(await next).toBe('0123')
  })

  it('keeps the order of the bytes when the abort comes while they are taken', async () => {
    const abort = new AbortController()
    socket.once('data', () => abort.abort())
    const given = failure(lines(socket).read({ signal: abort.signal }))
    peer.write('one\ntwo\n')
    await given
    socket.removeAllListeners('data')
    expect(await lines(socket).read()).toBe('one')
    expect(await lines(socket).read()).toBe('two')
  })

  it('leaves what has come of it in the socket when nobody waits any more', async () => {
    const abort = new AbortController()
    const reading = failure(lines(socket).read({ signal: abort.signal }))
    peer.write('hel')
    while (socket.bytesRead < 3) await turn()
    await turn()
    abort.abort()
    await reading
    expect(socket.readableLength).toBe(3)
    expect(listenersOf(socket)).toEqual(before)
    peer.write('lo\n')
    expect(await lines(socket).read()).toBe('hello')
  })

  it('is not waited for where texts are decoded already', async () => {
    socket.setEncoding('utf8')
    expect(await failure(lines(socket).read())).toMatchObject({ why: 'invalid' })
  })
})

describe('writing lines', () => {
  const heard = async (length: number) => {
    let text = ''
    for await (const chunk of peer) {
      text += chunk
      if (text.length >= length) return text
    }
    return text
  }

  it('adds the end where it is not there', async () => {
    const wire = lines(socket)
    await wire.write('one')
    await wire.write('two\n')
    await lines(socket, { terminator: '\r\n' }).write('three\n')
    await lines(socket, { terminator: '\r\n' }).write('')
    expect(await heard(17)).toBe('one\ntwo\nthree\r\n\r\n')
  })

  it.each(['one\ntwo', 'one\rtwo', 'one\r\n\r\n', '\n\n'])(
    'refuses %j, which would be two, and sends nothing',
    async (text) => {
      const wire = lines(socket)
      expect(await failure(wire.write(text))).toMatchObject({ why: 'invalid' })
      expect(await failure(wire.request(text))).toMatchObject({ why: 'invalid' })
      expect(await failure(wire.write(5 as never))).toMatchObject({ why: 'invalid' })
      expect(socket.bytesWritten).toBe(0)
      expect(socket.destroyed).toBe(false)
    },
  )

  it('refuses one that is too long', async () => {
    const wire = lines(socket, { maxLength: 4 })
    await wire.write('four')
    expect(await failure(wire.write('fivee'))).toMatchObject({ why: 'too-long' })
  })

  it('takes as long as the peer takes to make room', async () => {
    const wire = lines(socket, { maxLength: 50_000_000 })
    let isWritten = false
    const writing = wire.write('x'.repeat(48_000_000)).then(() => {
      isWritten = true
    })
    for (let n = 0; n < 20; n++) await turn()
    expect(isWritten).toBe(false)
    peer.resume()
    await writing
  })

  it('rejects when the socket is destroyed', async () => {
    socket.destroy()
    expect(await failure(lines(socket).write('one'))).toMatchObject({ code: 'ERR_STREAM_DESTROYED' })
  })
})

describe('a request', () => {
  /** Answers every line after its turn. */
  function answer(): void {
    ;(async () => {
      for await (const line of lines(peer)) await lines(peer).write(`${line}!`)
    })().catch(() => {})
  }

  it('gives the line that answers it, again and again', async () => {
    answer()
    const wire = lines(socket)
    for (let n = 0; n < 10; n++) expect(await wire.request(`${n}\n`)).toBe(`${n}!`)
  })

  it('can be followed by others before its answer: each gets its own', async () => {
    answer()
    const wire = lines(socket)
    const answers = await Promise.all(Array.from({ length: 50 }, (_, n) => wire.request(`${n}`)))
    expect(answers).toEqual(Array.from({ length: 50 }, (_, n) => `${n}!`))
  })

  it('destroys the socket when its answer is not waited for, since it would be the next one’s', async () => {
    const abort = new AbortController()
    const wire = lines(socket)
    const asking = failure(wire.request('one', { signal: abort.signal }))
    const second = failure(wire.request('two'))
    const reason = new Error('enough')
    abort.abort(reason)
    expect(await asking).toBe(reason)
    expect(socket.destroyed).toBe(true)
    expect(await second).toBe(reason)
  })

  it('does so without an error event where nobody listens to one, which would end the process', async () => {
    const stream = new PassThrough()
    const emitted: string[] = []
    const { emit } = stream
    stream.emit = (event: string, ...args: unknown[]) => {
      emitted.push(event)
      return emit.call(stream, event, ...args)
    }
    const abort = new AbortController()
    const asking = failure(lines(stream.pause()).request('', { signal: abort.signal }))
    abort.abort()
    await asking
    await turn()
    expect(stream.destroyed).toBe(true)
    expect(emitted).not.toContain('error')
    expect(emitted).toContain('close')
  })

  it('sends nothing, and destroys nothing, when its signal was aborted before', async () => {
    const reason = new Error('enough')
    expect(await failure(lines(socket).request('one', { signal: AbortSignal.abort(reason) }))).toBe(reason)
    expect(socket.bytesWritten).toBe(0)
    expect(socket.destroyed).toBe(false)
  })

  it('destroys the socket when its answer is too long', async () => {
    const asking = failure(lines(socket, { maxLength: 10 }).request('one'))
    peer.write('a long answer')
    expect(await asking).toMatchObject({ why: 'too-long' })
    expect(socket.destroyed).toBe(true)
  })

  it('is not sent when bytes lie unread, which would be taken for its answer', async () => {
    peer.write('welcome\n')
    await unread(8)
    const wire = lines(socket)
    expect(await failure(wire.request('one'))).toMatchObject({
      why: 'unexpected',
      message: expect.stringContaining('8 bytes'),
    })
    expect(socket.bytesWritten).toBe(0)
    expect(await wire.read()).toBe('welcome')
    answer()
    expect(await wire.request('one')).toBe('one!')
  })
})

describe('the read timeout of the adapter', () => {
  it('holds in the midst of a line that is being read, and of answers to come', async () => {
    const clock = virtualClock()
    const adapter = tcp({ host: '127.0.0.1', port: server.port }, { timeouts: { read: 1_000 }, clock })
    const timed = await adapter.open(openContext())
    const peerOfTimed = await server.accepted()
    const watching = watch(adapter, timed)
    const first = lines(timed).request('one')
    const second = failure(lines(timed).request('two'))
    await clock.advance(900)
    peerOfTimed.write('one\n')
    expect(await first).toBe('one')
    await clock.advance(900)
    peerOfTimed.write('tw')
    while (timed.bytesRead < 6) await turn()
    await turn()
    await clock.advance(999)
    expect(timed.destroyed).toBe(false)
    await clock.advance(1)
    expect(await second).toMatchObject({ name: 'TcpReadTimeoutError' })
    watching.stop()
    expect(clock.pending).toBe(0)
  })
})

describe('the options', () => {
  it.each([
    ['maxLength', { maxLength: 0 }],
    ['maxLength', { maxLength: Number.POSITIVE_INFINITY }],
    ['maxLength', { maxLength: '10' }],
    ['terminator', { terminator: '\0' }],
    ['encoding', { encoding: 'utf16le' }],
    ['separator', { separator: ',' }],
    ['options', 5],
  ])('refuse %s: %j', (option, options) => {
    const refused = () => lines(socket, options as LinesOptions)
    expect(refused).toThrow(InvalidOptionError)
    expect(refused).toThrow(expect.objectContaining({ option }))
  })
})
