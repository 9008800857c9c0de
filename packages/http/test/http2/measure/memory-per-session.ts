// Memory of an idle session in a pool, beside that of a bare one of Node's, the server in another process.
//
//   cd packages/http && node --expose-gc --import tsx test/http2/measure/memory-per-session.ts [sessions]
import { fork } from 'node:child_process'
import { once } from 'node:events'
import http2, { type ClientHttp2Session } from 'node:http2'
import { setTimeout as pause } from 'node:timers/promises'
import { createHttp2Pool } from '../../../src/http2.js'

const [sessions = 1_000] = process.argv.slice(2).map(Number)
const server = fork(new URL('server.mjs', import.meta.url))
const [port] = (await once(server, 'message')) as [number]
const origin = `http://127.0.0.1:${port}`

async function used(): Promise<{ heap: number; all: number }> {
  for (let n = 0; n < 5; n++) {
    await pause(50)
    global.gc?.()
  }
  const { heapUsed, rss } = process.memoryUsage()
  return { heap: heapUsed, all: rss }
}

async function perSession(make: () => Promise<() => Promise<unknown>>): Promise<string> {
  const before = await used()
  const end = await make()
  const after = await used()
  await end()
  const kib = (bytes: number) => (bytes / sessions / 1_024).toFixed(1)
  return `${kib(after.heap - before.heap)} KiB of heap, ${kib(after.all - before.all)} KiB of RSS`
}

async function bare(): Promise<() => Promise<unknown>> {
  const all: ClientHttp2Session[] = []
  for (let n = 0; n < sessions; n++) {
    const session = http2.connect(origin)
    await once(session, 'remoteSettings')
    all.push(session)
  }
  return () => Promise.all(all.map((session) => new Promise<void>((resolve) => session.close(resolve))))
}

async function pooled(): Promise<() => Promise<unknown>> {
  const pool = createHttp2Pool({ perKey: sessions, concurrency: 1, idle: { timeout: 600_000 } })
  await pool.for(origin).warm(sessions)
  return () => pool.close()
}

// What is made once is made now.
await (await bare())()
await (await pooled())()
console.log(`Node ${process.version}, ${sessions} idle sessions, each:`)
for (const [name, make] of [
  ['bare', bare],
  ['pooled', pooled],
  ['bare', bare],
  ['pooled', pooled],
] as const) {
  console.log(`${name}: ${await perSession(make)}`)
}
server.disconnect()
