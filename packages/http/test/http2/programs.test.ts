import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, it } from 'vitest'
import { certificates } from '../../../tcp/test/certificates.js'
import { until } from '../../../tcp/test/until.js'
import { describeWith } from '../../../testing/test/real-servers/describe-with.js'
import { RealServer } from '../../../testing/test/real-servers/real-server.js'
import type { Http2Pool } from '../../src/http2.js'
import { startNginx } from '../proxies/nginx.js'
import { ask, Http2Bench } from './bench-of-pools.js'

const bench = new Http2Bench()
afterEach(() => bench.end())

const certificate = (file: string) =>
  fileURLToPath(new URL(`../../../tcp/test/certificates/${file}.pem`, import.meta.url))

async function keep(server: RealServer): Promise<RealServer> {
  bench.keep({ close: () => server.stop() })
  return server
}

const nginx = async (protocol: string, rest: string) =>
  keep(
    await startNginx(`
      server {
        listen 127.0.0.1:PORT ssl ${protocol};
        ssl_certificate ${certificate('good')};
        ssl_certificate_key ${certificate('key')};
        ${rest}
        location / { return 200 "$request_method $uri $server_protocol"; }
      }`),
  )

/** So many requests, so many at a time; gives those that failed. */
async function load(pool: Http2Pool, url: string, requests: number, concurrent: number): Promise<unknown[]> {
  const failures: unknown[] = []
  let sent = 0
  const worker = async () => {
    while (sent < requests) {
      const path = `/${sent++}`
      await ask(pool, url + path).then(
        (answer) => answer.startsWith(`200 GET ${path} `) || failures.push(answer),
        (error) => failures.push(error),
      )
    }
  }
  await Promise.all(Array.from({ length: concurrent }, worker))
  return failures
}

describeWith('nginx', 'nginx', () => {
  it('that ends its sessions after 50 requests each answers all of 2,000', { timeout: 60_000 }, async () => {
    const server = await nginx('http2', 'keepalive_requests 50;')
    const pool = bench.pool({ ca: certificates.authority, perKey: 4 })
    expect(await load(pool, `https://localhost:${server.port}`, 2_000, 16)).toEqual([])
    expect(pool.stats().opened).toBeGreaterThanOrEqual(40)
  })

  it('that is reloaded under load answers every request', { timeout: 60_000 }, async () => {
    const server = await nginx('http2', '')
    const pool = bench.pool({ ca: certificates.authority, perKey: 4 })
    const reloading = setInterval(() => server.signal('SIGHUP'), 150)
    const failures = await load(pool, `https://localhost:${server.port}`, 6_000, 16)
    clearInterval(reloading)
    expect(failures).toEqual([])
    expect(pool.stats().closed.retired + pool.stats().closed.lost).toBeGreaterThan(1)
  })

  it('that speaks HTTP/1.1 only answers by that, behind the same call', async () => {
    const server = await nginx('', '')
    const pool = bench.pool({ ca: certificates.authority })
    expect(await ask(pool, `https://localhost:${server.port}/x`)).toBe('200 GET /x HTTP/1.1')
    expect(await load(pool, `https://localhost:${server.port}`, 200, 8)).toEqual([])
  })

  it('that is frozen is found out, and answers again once it is thawed', { timeout: 30_000 }, async () => {
    const server = await nginx('http2', '')
    const pool = bench.pool({ ca: certificates.authority, ping: { every: 100, timeout: 100 } })
    const url = `https://localhost:${server.port}/x`
    expect(await ask(pool, url)).toBe('200 GET /x HTTP/2.0')
    server.freeze()
    const meanwhile = ask(pool, url)
    await until(() => pool.stats().closed.lost > 0)
    server.thaw()
    expect(await meanwhile).toBe('200 GET /x HTTP/2.0')
  })
})

const haproxy = async (bind: string) =>
  keep(
    await RealServer.start({
      program: 'haproxy',
      args: async (port, folder) => {
        const both = join(folder, 'both.pem')
        const { good, key } = certificates
        await writeFile(both, `${good}\n${key}`)
        const file = join(folder, 'haproxy.cfg')
        await writeFile(
          file,
          `defaults
            mode http
            timeout connect 5s
            timeout client 5s
            timeout server 5s
          frontend pond
            bind 127.0.0.1:${port} ${bind.replace('PEM', both)}
            http-request return status 200 content-type text/plain lf-string "%[method] %[path] by %[req.ver]"\n`,
        )
        return ['-f', file]
      },
    }),
  )

describeWith('haproxy', 'HAProxy', () => {
  it.each([
    ['https', 'ssl crt PEM alpn h2,http/1.1', '2.0'],
    ['https', 'ssl crt PEM alpn http/1.1', '1.1'],
    ['http', 'proto h2', '2.0'],
  ])('answers over %s (%s)', async (scheme, bind, version) => {
    const server = await haproxy(bind)
    const pool = bench.pool({ ca: certificates.authority })
    const url = `${scheme}://localhost:${server.port}`
    expect(await ask(pool, `${url}/x`)).toBe(`200 GET /x by ${version}`)
    expect(await load(pool, url, 500, 16)).toEqual([])
  })
})
