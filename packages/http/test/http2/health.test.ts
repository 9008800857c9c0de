import { text } from 'node:stream/consumers'
import type { ChaosProxy } from '@millpond/testing'
import { virtualClock } from '@millpond/testing'
import { afterEach, describe, expect, it } from 'vitest'
import { until } from '../../../tcp/test/until.js'
import { SilenceWatch } from '../../src/http2/silence-watch.js'
import { ask, failureOf, Http2Bench } from './bench-of-pools.js'

const bench = new Http2Bench()
afterEach(() => bench.end())

/** Nothing gets through any more, and nothing says so. */
function freeze(proxy: ChaosProxy): void {
  proxy.add({ type: 'timeout', stream: 'upstream', timeout: 0 })
  proxy.add({ type: 'timeout', stream: 'downstream', timeout: 0 })
}

/** Beyond the moment for which a session counts as just checked. */
async function rested(isIdle: () => boolean): Promise<void> {
  await until(isIdle)
  const since = performance.now()
  await until(() => performance.now() - since > 15)
}

const through = (proxy: ChaosProxy) => `http://localhost:${proxy.port}/`

describe('an idle session', () => {
  it('is asked by PING before it is lent, once it has rested for long', async () => {
    const server = await bench.server()
    const pool = bench.pool({ perKey: 1, health: { after: 0 } })
    await ask(pool, server.url())
    let pings = 0
    server.sessions[0]?.on('ping', () => pings++)
    await rested(() => pool.stats().idle === 1)
    await ask(pool, server.url())
    expect([pings, server.accepted]).toEqual([1, 1])
  })

  it('is not asked when it was used a moment ago', async () => {
    const server = await bench.server()
    const pool = bench.pool()
    await ask(pool, server.url())
    server.sessions[0]?.on('ping', () => expect.unreachable('no PING is due'))
    await rested(() => pool.stats().idle === 1)
    expect(await ask(pool, server.url())).toBe('200 GET /')
  })

  it('whose peer is frozen is replaced, and the borrower served by the next', async () => {
    const server = await bench.server()
    const proxy = await bench.proxy(server)
    const pool = bench.pool({ health: { after: 0, timeout: 60 } })
    const ends: string[] = []
    pool.on('disconnect', ({ reason }) => ends.push(reason))
    await ask(pool, through(proxy))
    freeze(proxy)
    await rested(() => pool.stats().idle === 1)
    const asked = ask(pool, through(proxy))
    await until(() => ends.length > 0)
    await proxy.reset()
    expect(await asked).toBe('200 GET /')
    expect(ends[0]).toBe('unhealthy')
  })

  it('that its peer has closed, or cut, is not lent', async () => {
    const server = await bench.server()
    const pool = bench.pool()
    for (const end of [() => server.sessions[0]?.destroy(), () => server.reset()]) {
      await ask(pool, server.url())
      end()
      await until(() => pool.stats().size === 0)
    }
    expect(await ask(pool, server.url())).toBe('200 GET /')
    const { retired, lost } = pool.stats().closed
    expect([server.accepted, retired, lost]).toEqual([3, 1, 1])
  })
})

describe('a session in use', () => {
  it('whose peer is frozen is lost after a PING without answer, and its requests fail or are sent again', async () => {
    const server = await bench.server((stream, headers) => {
      if (headers[':path'] === '/hang' && server.accepted === 1) return
      stream.respond({ ':status': 200 })
      stream.end(`${headers[':path']}`)
    })
    const proxy = await bench.proxy(server)
    const pool = bench.pool({ ping: { every: 60, timeout: 60 } })
    await ask(pool, through(proxy))
    const post = failureOf(pool.request(through(proxy), { method: 'POST', body: 'x' }).then(({ body }) => text(body)))
    const get = ask(pool, `${through(proxy)}hang`)
    freeze(proxy)
    await until(() => pool.stats().closed.lost > 0)
    await proxy.reset()
    const error = await post
    expect(error.name).toMatch(/StaleConnectionError|Http2LostError/)
    expect(await get).toBe('200 /hang')
  })

  it('whose peer answers PINGs may be silent for as long as it takes', async () => {
    const server = await bench.server((stream) => {
      setTimeout(() => {
        stream.respond({ ':status': 200 })
        stream.end('at last')
      }, 200)
    })
    const pool = bench.pool({ ping: { every: 20, timeout: 1_000 } })
    let pings = 0
    const asked = ask(pool, server.url())
    await until(() => server.sessions.length === 1)
    server.sessions[0]?.on('ping', () => pings++)
    expect(await asked).toBe('200 at last')
    expect(pings).toBeGreaterThan(1)
  })

  it.each([
    ['its own deadline', () => ({ timeout: 40 })],
    ['the signal of a deadline', () => ({ signal: AbortSignal.timeout(40) })],
  ])(
    'is asked at once when a request has waited in vain by %s, lent to nobody meanwhile, and lost when it is frozen',
    async (_how, init) => {
      const server = await bench.server()
      const proxy = await bench.proxy(server)
      const pool = bench.pool({ ping: { every: Number.POSITIVE_INFINITY, timeout: 100 } })
      const lost: unknown[] = []
      pool.on('disconnect', ({ error }) => lost.push(error))
      await ask(pool, through(proxy))
      freeze(proxy)
      await failureOf(pool.request(through(proxy), init()))
      expect([pool.stats().leases, pool.tryAcquire(through(proxy))]).toEqual([1, undefined])
      await until(() => lost.length > 0)
      expect(lost[0]).toMatchObject({ code: 'ERR_HTTP2_LOST', why: 'silent' })
      await proxy.reset()
      expect([await ask(pool, through(proxy)), server.accepted]).toEqual(['200 GET /', 2])
    },
  )

  it('that only one request has waited for in vain is lent again as soon as its peer answers a PING', async () => {
    const server = await bench.server((stream, headers) => {
      if (headers[':path'] === '/slow') return
      stream.respond({ ':status': 200 })
      stream.end('ok')
    })
    const pool = bench.pool({ perKey: 1 })
    expect(await failureOf(pool.request(server.url('/slow'), { timeout: 30 }))).toMatchObject({ name: 'TimeoutError' })
    expect(await ask(pool, server.url())).toBe('200 ok')
    expect([server.accepted, pool.stats().size]).toEqual([1, 1])
  })
})

describe('a peer that restarts', () => {
  it('is spoken with again, and requests that began meanwhile wait for it with `connect.retry`', async () => {
    const first = await bench.server()
    const { port } = first
    const pool = bench.pool({ connect: { retry: true, backoff: { initialDelay: 10, maxDelay: 20 } } })
    expect(await ask(pool, first.url())).toBe('200 GET /')
    await first.close()
    await until(() => pool.stats().size === 0)
    const meanwhile = ask(pool, `http://localhost:${port}/meanwhile`)
    const again = await bench.server(undefined, { port })
    expect(await meanwhile).toBe('200 GET /meanwhile')
    expect(await ask(pool, again.url('/after'))).toBe('200 GET /after')
  })
})

describe('the watch for silence', () => {
  function watched(limits = { every: 1_000, timeout: 500 }) {
    const clock = virtualClock()
    const session = {
      bytesRead: 0,
      pings: [] as (() => void)[],
      losses: 0,
      ping: (answered: () => void) => void session.pings.push(answered),
      silent: () => {
        session.losses++
      },
    }
    return { clock, session, watch: new SilenceWatch(session, limits, clock) }
  }

  it('asks after so many ms without a byte, and not while bytes come', async () => {
    const { clock, session, watch } = watched()
    watch.start()
    await clock.advance(900)
    session.bytesRead = 10
    await clock.advance(200)
    expect(session.pings).toHaveLength(0)
    await clock.advance(900)
    expect(session.pings).toHaveLength(1)
    await clock.advance(499)
    expect(session.losses).toBe(0)
    await clock.advance(1)
    expect([session.losses, clock.pending]).toEqual([1, 0])
  })

  it('begins anew with an answer, and takes none to an earlier question', async () => {
    const { clock, session, watch } = watched()
    watch.start()
    await clock.advance(1_000)
    session.pings[0]?.()
    await clock.advance(1_000)
    session.pings[0]?.()
    await clock.advance(500)
    expect([session.pings.length, session.losses]).toEqual([2, 1])
  })

  it('asks a suspect at once, and only once', async () => {
    const { clock, session, watch } = watched()
    let settled = 0
    const settle = () => settled++
    watch.suspect(settle)
    expect([session.pings.length, settled]).toEqual([0, 1])
    watch.start()
    watch.suspect(settle)
    watch.suspect(settle)
    expect([session.pings.length, settled]).toEqual([1, 1])
    session.pings[0]?.()
    expect(settled).toBe(3)
    watch.suspect(settle)
    await clock.advance(500)
    expect([session.losses, settled]).toEqual([1, 4])
  })

  it('sets no timer once it is stopped, whatever comes then', async () => {
    const { clock, session, watch } = watched()
    watch.start()
    await clock.advance(1_000)
    watch.stop()
    session.pings[0]?.()
    watch.suspect(() => {})
    await clock.advance(10_000)
    expect([clock.pending, session.pings.length, session.losses]).toEqual([0, 1, 0])
  })
})
