import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { afterEach, expect, it } from 'vitest'
import { describeWith, find } from '../../../testing/test/real-servers/describe-with.js'
import type { RealServer } from '../../../testing/test/real-servers/real-server.js'
import { startNginx } from '../proxies/nginx.js'
import { answerVariously } from './answer-variously.js'
import { GuardedHttp } from './guarded-http.js'

/** Requests of each program that are answered before their servers have drained. */
const REQUESTS = 100_000
const DRAINS = 4

const options = { idle: { timeout: 1_600 }, lifetime: { maxUses: 500 } }

let wrk: ChildProcess | undefined
let server: GuardedHttp | undefined
let nginx: RealServer | undefined

afterEach(async () => {
  wrk?.kill('SIGKILL')
  await server?.stop()
  await nginx?.stop()
  nginx = undefined
})

/** Keeps 32 connections busy until `stop`, which resolves with the number of complete answers that were a 200. */
function load(port: number): { stop: () => Promise<number> } {
  const child = spawn(find('wrk') as string, ['-t1', '-c32', '-d120s', `http://127.0.0.1:${port}/`])
  wrk = child
  let report = ''
  child.stdout.on('data', (text) => {
    report += String(text)
  })
  const ended = once(child, 'close')
  return {
    stop: async () => {
      child.kill('SIGINT')
      await ended
      const count = (pattern: RegExp) => Number(pattern.exec(report)?.[1] ?? 0)
      return count(/(\d+) requests in/) - count(/Non-2xx or 3xx responses: (\d+)/)
    },
  }
}

/** Resolves when the server has begun that many requests. */
function handled(guarded: GuardedHttp, count: number): Promise<void> {
  return new Promise((resolve) => {
    guarded.server.on('request', function look() {
      if (guarded.handled.length < count) return
      guarded.server.off('request', look)
      resolve()
    })
  })
}

describeWith('wrk', 'wrk', () => {
  it('has an answer to each of 100,000 requests that servers have read before they drained', {
    timeout: 120_000,
  }, async () => {
    for (let drain = 0; drain < DRAINS; drain++) {
      server = await GuardedHttp.start(options, answerVariously())
      const { stop } = load(server.port)
      await handled(server, REQUESTS / DRAINS)
      await server.guard.close()
      expect({ drain, unanswered: server.handled.length - (await stop()) }).toEqual({ drain, unanswered: 0 })
    }
  })
})

describeWith(['nginx', 'wrk'], 'nginx', () => {
  it('has an answer to each of 100,000 requests that servers behind it have read before they drained', {
    timeout: 120_000,
  }, async () => {
    for (let drain = 0; drain < DRAINS; drain++) {
      server = await GuardedHttp.start(options, answerVariously())
      nginx = await startNginx(`
        upstream guarded { server 127.0.0.1:${server.port} max_fails=0; keepalive 32; }
        server {
          listen 127.0.0.1:PORT;
          keepalive_requests 1000000;
          location / {
            proxy_pass http://guarded;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_next_upstream off;
          }
        }`)
      const { stop } = load(nginx.port)
      await handled(server, REQUESTS / DRAINS)
      await server.guard.close()
      expect({ drain, unanswered: server.handled.length - (await stop()) }).toEqual({ drain, unanswered: 0 })
      await nginx.stop()
    }
  })
})
