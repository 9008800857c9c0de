// GETs to a server that ends sessions at the worst moment (closing-server.mjs): how many of their callers see a failure,
// through `pool.request`, and through a bare session that is replaced when it has ended.
//
//   cd packages/http && node --import tsx test/http2/measure/stale.ts [requests] [one end in so many requests]
import { fork } from 'node:child_process'
import { once } from 'node:events'
import http2, { type ClientHttp2Session } from 'node:http2'
import { text } from 'node:stream/consumers'
import { createHttp2Pool } from '../../../src/http2.js'

const [requests = 100_000, every = 500] = process.argv.slice(2).map(Number)
const CONCURRENT = 16

const server = fork(new URL('closing-server.mjs', import.meta.url), [String(every)])
const [port] = (await once(server, 'message')) as [number]
const origin = `http://127.0.0.1:${port}`

async function failures(get: () => Promise<string>): Promise<Map<string, number>> {
  const seen = new Map<string, number>()
  let sent = 0
  const worker = async () => {
    while (sent++ < requests) {
      const outcome = await get().then(
        (answer) => (answer === 'ok' ? 'answered' : `"${answer}"`),
        (error) => `${error.name} ${error.code}`,
      )
      seen.set(outcome, (seen.get(outcome) ?? 0) + 1)
    }
  }
  await Promise.all(Array.from({ length: CONCURRENT }, worker))
  return seen
}

const pool = createHttp2Pool({ perKey: 4 })
console.log(`Node ${process.version}, ${requests} GETs, ${CONCURRENT} at a time, one end in ${every} requests`)
console.log('request:', await failures(async () => text((await pool.request(`${origin}/`)).body)))
console.log(`sessions opened: ${pool.stats().opened}`)
await pool.close()

let session: ClientHttp2Session | undefined
const bare = () => {
  if (session === undefined || session.closed || session.destroyed)
    session = http2.connect(origin).on('error', () => {})
  return text(session.request({ ':path': '/' }))
}
console.log('bare:', await failures(async () => bare()))
session?.destroy()
server.disconnect()
