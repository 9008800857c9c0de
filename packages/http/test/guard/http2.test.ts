import { once } from 'node:events'
import http2 from 'node:http2'
import https from 'node:https'
import net from 'node:net'
import { virtualClock } from '@millpond/testing'
import { afterEach, describe, expect, it } from 'vitest'
import { until } from '../../../tcp/test/until.js'
import { GuardedHttp, type Kind } from './guarded-http.js'

let guarded: GuardedHttp
const sessions: http2.ClientHttp2Session[] = []

afterEach(async () => {
  for (const session of sessions.splice(0)) session.destroy()
  await guarded.stop()
  expect(guarded.states).toEqual([])
})

const held = new Map<string, { end(text: string): void; stream: http2.Http2Stream }>()
const start = (kind: Kind, options = {}) =>
  GuardedHttp.start(
    options,
    ((request: http2.Http2ServerRequest, response: http2.Http2ServerResponse) => {
      if (request.url.startsWith('/hold')) held.set(request.url, response)
      else if (request.method === 'POST') request.resume().on('end', () => response.end('hello'))
      else response.end('hello')
    }) as never,
    kind,
  )

async function connect(): Promise<http2.ClientHttp2Session> {
  const isTls = 'setSecureContext' in guarded.server
  const session = http2.connect(`${isTls ? 'https' : 'http'}://localhost:${guarded.port}`, {
    rejectUnauthorized: false,
    createConnection: isTls ? undefined : () => net.connect(guarded.port, '127.0.0.1'),
  } as http2.SecureClientSessionOptions)
  session.on('error', () => {})
  sessions.push(session)
  await once(session, 'connect')
  return session
}

interface Answer {
  readonly status: number | undefined
  readonly text: string
}

function get(session: http2.ClientHttp2Session, path = '/'): Promise<Answer> {
  return answerOf(session.request({ ':path': path }))
}

async function answerOf(stream: http2.ClientHttp2Stream): Promise<Answer> {
  let status: number | undefined
  let text = ''
  stream.on('response', (headers) => {
    status = headers[':status']
  })
  stream.on('data', (chunk) => {
    text += String(chunk)
  })
  await new Promise<void>((resolve, reject) => stream.on('error', reject).on('close', () => resolve()))
  return { status, text }
}

describe.each<Kind>(['http2', 'h2c'])('a server of %s under guard', (kind) => {
  it('has connections that are connected while requests are active, however many, and idle between them', async () => {
    guarded = await start(kind)
    const session = await connect()
    const answers = [get(session, '/hold/1'), get(session, '/hold/2'), get(session)]
    expect((await answers[2])?.text).toBe('hello')
    await until(() => guarded.guard.stats().leases === 2)
    expect(guarded.states).toEqual(['connected.leased'])
    for (const path of ['/hold/1', '/hold/2']) held.get(path)?.end('hello')
    await Promise.all(answers)
    await until(() => guarded.states[0] === 'idle.ready')
    expect([...guarded.guard.connections()]).toMatchObject([{ uses: 3, leases: 0 }])
    expect(guarded.guard.stats()).toMatchObject({ acquired: 3, leases: 0, size: 1 })
  })

  it('ends an idle one with GOAWAY at idle.timeout', async () => {
    const clock = virtualClock()
    guarded = await start(kind, { clock, idle: { timeout: 6_000 } })
    const session = await connect()
    await get(session)
    await until(() => guarded.states[0] === 'idle.ready')
    const goaway = once(session, 'goaway')
    await clock.advance(5_999)
    expect(guarded.states).toEqual(['idle.ready'])
    await clock.advance(1)
    expect((await goaway)[0]).toBe(http2.constants.NGHTTP2_NO_ERROR)
    await until(() => session.closed)
    expect(await guarded.heard('disconnect')).toMatchObject({ reason: 'idle', uses: 1 })
  })

  it('drains: GOAWAY, streams that are active finish, idle connections close', async () => {
    guarded = await start(kind)
    const [idle, busy] = [await connect(), await connect()]
    await get(idle)
    const answer = get(busy, '/hold/slow')
    await until(() => guarded.guard.stats().leases === 1)
    const goaway = Promise.all([once(idle, 'goaway'), once(busy, 'goaway')])
    const closing = guarded.guard.close()
    await goaway
    await until(() => idle.closed)
    held.get('/hold/slow')?.end('hello')
    expect(await answer).toEqual({ status: 200, text: 'hello' })
    await closing
    expect(guarded.guard.stats()).toMatchObject({ state: 'closed', size: 0, closed: { 'pool-closed': 2 } })
  })

  it('answers every request that it has begun when the drain begins, and refuses the others as not begun', async () => {
    guarded = await start(kind)
    const session = await connect()
    let [answered, refused] = [0, 0]
    const send = (count: number) =>
      Array.from({ length: count }, () => {
        const stream = session.request({ ':path': '/' })
        return answerOf(stream).then(
          ({ text }) => {
            expect(text).toBe('hello')
            answered++
          },
          () => {
            expect(stream.rstCode).toBe(http2.constants.NGHTTP2_REFUSED_STREAM)
            refused++
          },
        )
      })
    const first = send(30)
    await until(() => guarded.handled.length > 0)
    const later = send(30)
    const closing = guarded.guard.close()
    await Promise.all([...first, ...later])
    await closing
    expect(answered).toBe(guarded.handled.length)
    expect(answered + refused).toBe(60)
    expect(answered).toBeGreaterThanOrEqual(30)
  })

  it('destroys what is still busy at the deadline', async () => {
    const clock = virtualClock()
    guarded = await start(kind, { clock })
    const session = await connect()
    const answer = get(session, '/hold/never').catch((error: Error) => error)
    await until(() => guarded.guard.stats().leases === 1)
    const closing = guarded.guard.close({ timeout: 3_000 })
    await until(() => guarded.states[0] === 'connected.leaving')
    await clock.advance(3_000)
    await closing
    await answer
    expect(await guarded.heard('disconnect')).toMatchObject({ reason: 'revoked' })
  })

  it('retires a connection by GOAWAY after lifetime.maxUses requests', async () => {
    guarded = await start(kind, { lifetime: { maxUses: 2 } })
    const session = await connect()
    await get(session)
    const goaway = once(session, 'goaway')
    await get(session)
    await goaway
    expect(await guarded.heard('disconnect')).toMatchObject({ reason: 'uses', uses: 2 })
  })

  it('answers 408 to a body that stops coming, and the other requests of the connection as if nothing were', async () => {
    const clock = virtualClock()
    guarded = await start(kind, { clock, request: { progress: 2_000 } })
    const session = await connect()
    const slow = session.request({ ':path': '/', ':method': 'POST' })
    const slowAnswer = answerOf(slow).catch((error: Error) => error)
    slow.write('x')
    await until(() => guarded.guard.stats().leases === 1)
    await get(session)
    await clock.advance(1_000)
    slow.write('y')
    await get(session)
    await clock.advance(1_999)
    expect(guarded.guard.stats()).toMatchObject({ leases: 1, timedOut: 0 })
    await clock.advance(1)
    expect(await slowAnswer).toMatchObject({ status: 408 })
    expect(guarded.guard.stats()).toMatchObject({ timedOut: 1, size: 1 })
    expect((await get(session)).text).toBe('hello')
  })

  it('closes a connection that never sends a request at header.timeout', async () => {
    const clock = virtualClock()
    guarded = await start(kind, { clock, header: { timeout: 3_000 } })
    const session = await connect()
    await guarded.heard('connect')
    await clock.advance(3_000)
    await until(() => session.destroyed)
    expect(await guarded.heard('disconnect')).toMatchObject({ reason: 'timeout', detail: 'header', uses: 0 })
  })

  it('tells a connection that is one too many by GOAWAY that nothing of it was processed', async () => {
    guarded = await start(kind, { max: 1 })
    const first = await connect()
    const answer = get(first, '/hold/1')
    await until(() => guarded.guard.stats().leases === 1)
    const second = await connect()
    const [code, last] = (await once(second, 'goaway')) as [number, number]
    expect([code, last]).toEqual([http2.constants.NGHTTP2_ENHANCE_YOUR_CALM, 0])
    expect(guarded.guard.stats()).toMatchObject({ size: 1, rejected: 1 })
    held.get('/hold/1')?.end('hello')
    await answer
  })
})

it('a server of http2 that speaks HTTP/1.1 as well guards both', async () => {
  guarded = await start('http2', { idle: { timeout: 5_000 } })
  const agent = new https.Agent({ keepAlive: true, rejectUnauthorized: false })
  const request = https.get({ port: guarded.port, host: '127.0.0.1', agent, rejectUnauthorized: false })
  const [response] = (await once(request, 'response')) as [import('node:http').IncomingMessage]
  expect(response.headers['keep-alive']).toBe('timeout=4')
  response.resume()
  const session = await connect()
  await get(session)
  await until(() => guarded.guard.stats().idle === 2)
  const closing = guarded.guard.close()
  await closing
  agent.destroy()
  expect(guarded.guard.stats()).toMatchObject({ acquired: 2, closed: { 'pool-closed': 2 } })
})
