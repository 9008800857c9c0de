import { fork } from 'node:child_process'
import { once } from 'node:events'
import { Agent, Pool } from 'undici'
import { createDispatcher } from '../../../src/undici.js'

const [kind, conns, conc, kib = '0', secs = '3'] = process.argv.slice(2)
const server = fork(new URL('../../agent/measure/server.mjs', import.meta.url))
const [port] = (await once(server, 'message')) as [number]
const origin = `http://127.0.0.1:${port}`
const make: any = {
  m: () => createDispatcher({ perKey: +conns }),
  e: () => createDispatcher({ perKey: +conns, connect: { growth: 'eager' } }),
  p: () => new Pool(origin, { connections: +conns }),
  a: () => new Agent({ connections: +conns }),
}
const ds = kind.split('').map((k: string) => ({ k, d: make[k](), us: [] as number[], rps: [] as number[] }))
async function run(d: any, ms: number) {
  let done = 0
  const t0 = performance.now(),
    end = t0 + ms,
    c0 = process.cpuUsage()
  const worker = async () => {
    while (performance.now() < end) {
      const { body } = await d.request({ origin, path: '/' + kib, method: 'GET' })
      await body.dump()
      done++
    }
  }
  await Promise.all(Array.from({ length: +conc }, worker))
  const c = process.cpuUsage(c0)
  return [(c.user + c.system) / done, (done / (performance.now() - t0)) * 1000]
}
for (const x of ds) await run(x.d, 500)
const N = Math.ceil((+secs * 1000) / 250)
const med = (a: number[]) => a.toSorted((p, q) => p - q)[a.length >> 1]
for (let i = 0; i < N; i++)
  for (const x of ds) {
    const [us, rps] = await run(x.d, 250)
    x.us.push(us!)
    x.rps.push(rps!)
  }
for (const x of ds) if (x.d.flush) console.log(x.k, 'size', x.d.stats().size)
for (const x of ds) console.log(x.k, 'cpu us/req', med(x.us)!.toFixed(2), 'rps', med(x.rps)!.toFixed(0))
if (ds.length > 1)
  console.log(
    'cpu ratio peer/ours',
    ds
      .slice(1)
      .map((x) => (med(x.us)! / med(ds[0]!.us)!).toFixed(3))
      .join(' '),
  )
process.exit()
