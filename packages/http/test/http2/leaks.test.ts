import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { ClientHttp2Session } from 'node:http2'
import { createRequire } from 'node:module'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it } from 'vitest'
import { until } from '../../../tcp/test/until.js'
import { TestServer } from '../agent/test-server.js'
import { countingClock, openSockets } from '../leak-counts.js'
import { ask, failureOf, Http2Bench } from './bench-of-pools.js'

const bench = new Http2Bench()
afterEach(() => bench.end())

const tsx = createRequire(import.meta.url).resolve('tsx')
const program = fileURLToPath(new URL('idle-process.ts', import.meta.url))
const folder = fileURLToPath(new URL('../..', import.meta.url))

describe('a pool that is closed', () => {
  it('leaves no socket and no timer, whichever protocol it spoke (invariant 7)', async () => {
    const before = openSockets()
    const clock = countingClock()
    const [server, secure, old] = [
      await bench.server(),
      await bench.server(undefined, { isTls: true }),
      bench.keep(await TestServer.https((_request, response) => response.end('ok'))),
    ]
    const pool = bench.pool({ clock, perKey: 3, concurrency: 2 })
    for (const { url } of [server, secure, old].map((one) => ({ url: one.url() }))) {
      await Promise.all(Array.from({ length: 10 }, () => ask(pool, url, { timeout: 5_000 })))
    }
    expect(clock.timers.size).toBeGreaterThan(0)
    await pool.close()
    await Promise.all([server.emptied(), secure.emptied(), old.emptied()])
    await until(() => openSockets() <= before)
    expect([clock.timers.size, [...pool.connections()], pool.http1?.stats().size]).toEqual([0, [], 0])
  })

  it('leaves no timer of a session that was spared, and no socket on which HTTP/1.1 was chosen', async () => {
    const clock = countingClock()
    const server = await bench.server((stream) => {
      if (stream.id === 3) stream.close(7)
    })
    const old = bench.keep(await TestServer.https((_request, response) => response.end('ok')))
    const pool = bench.pool({ clock, retries: 0 })
    const under = failureOf(pool.request(server.url(), { method: 'POST', body: 'x' }))
    await until(() => pool.stats().leases === 1)
    await failureOf(pool.request(server.url()))
    await failureOf(pool.acquire(old.url()))
    expect(old.openCount).toBe(1)
    const before = performance.now()
    await pool.destroy()
    await under
    await old.emptied()
    expect(performance.now() - before).toBeLessThan(900)
    expect(clock.timers.size).toBe(0)
  })

  it('leaves no timer of a session that was taken out of it, which goes on', async () => {
    const clock = countingClock()
    const server = await bench.server()
    const pool = bench.pool({ clock })
    const session = (await pool.acquire(server.url())).detach()
    await pool.close()
    expect(clock.timers.size).toBe(0)
    expect(await text(session.request({ ':path': '/mine' }))).toBe('GET /mine')
    session.destroy()
  })

  it('leaves no listener on its sessions', async () => {
    const server = await bench.server()
    const pool = bench.pool()
    const sessions: ClientHttp2Session[] = []
    pool.on('connect', ({ resource }) => sessions.push(resource))
    const counts: string[] = []
    for (let n = 0; n < 20; n++) {
      await ask(pool, server.url())
      await until(() => pool.stats().idle === 1)
      const [session] = sessions
      counts.push(
        session
          ?.eventNames()
          .map((name) => `${String(name)} ${session.listenerCount(name)}`)
          .join() as string,
      )
    }
    expect([sessions.length, new Set(counts).size]).toEqual([1, 1])
  })
})

describe('a process', () => {
  it('whose pool has idle sessions only ends by itself', { timeout: 30_000 }, async () => {
    const server = await bench.server()
    // From the package's folder: tsx takes the paths of the packages from its tsconfig.json.
    const child = spawn(process.execPath, ['--import', tsx, program, server.url()], { cwd: folder, stdio: 'inherit' })
    expect(await once(child, 'exit')).toEqual([0, null])
  })
})
