import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, it } from 'vitest'
import type { WebSocket } from 'ws'
import { until } from '../../../tcp/test/until.js'
import { ask, WsBench } from './bench-of-ws-pools.js'
import { echo } from './test-ws-server.js'

const bench = new WsBench()
afterEach(() => bench.end())

const tsx = createRequire(import.meta.url).resolve('tsx')
const program = fileURLToPath(new URL('idle-process.ts', import.meta.url))
const folder = fileURLToPath(new URL('../..', import.meta.url))

const count = (kind: string) => process.getActiveResourcesInfo().filter((one) => one === kind).length

it('a pool that is closed leaves no socket and no timer (invariant 7)', async () => {
  const before = [count('TCPSocketWrap'), count('Timeout')]
  const [server, secure] = [await bench.server(), await bench.server(echo, { isTls: true })]
  const pool = bench.pool({ perKey: 3 })
  for (const url of [server.url(), secure.url()]) await Promise.all(Array.from({ length: 10 }, () => ask(pool, url)))
  await pool.close()
  await Promise.all([server.emptied(), secure.emptied()])
  await until(() => count('TCPSocketWrap') <= (before[0] as number) && count('Timeout') <= (before[1] as number))
  expect([...pool.connections()]).toEqual([])
})

it('a WebSocket has no more listeners after many leases than after one', async () => {
  const server = await bench.server()
  const pool = bench.pool()
  const counts: string[] = []
  for (let n = 0; n < 20; n++) {
    await pool.use(server.url(), async (webSocket: WebSocket) => {
      counts.push(
        webSocket
          .eventNames()
          .map((name) => `${String(name)} ${webSocket.listenerCount(name)}`)
          .join(),
      )
    })
  }
  expect([server.accepted, new Set(counts).size]).toEqual([1, 1])
})

it('a process whose pool has idle connections only ends by itself', { timeout: 30_000 }, async () => {
  const server = await bench.server()
  // From the package's folder: tsx takes the paths of the packages from its tsconfig.json.
  const child = spawn(process.execPath, ['--import', tsx, program, server.url()], { cwd: folder, stdio: 'inherit' })
  expect(await once(child, 'exit')).toEqual([0, null])
})
