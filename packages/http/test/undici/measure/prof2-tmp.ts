import { fork } from 'node:child_process'
import { once } from 'node:events'
import { Agent, Pool } from 'undici'
import { createDispatcher } from '../../../src/undici.js'

const [kind = '', conns = '', conc = '', kib = '0', rounds = '40'] = process.argv.slice(2)
const server = fork(new URL('../../agent/measure/server.mjs', import.meta.url))
const [port] = (await once(server, 'message')) as [number]
const origin = `http://127.0.0.1:${port}`
const make: any = {
  m: () => createDispatcher({ perKey: +conns }),
  n: () => {
    const d = createDispatcher({ perKey: +conns })
    ;(d as any).core.lazy = true
    return d
  },
  p: () => new Pool(origin, { connections: +conns }),
  a: () => new Agent({ connections: +conns }),
}
const ds = kind
  .split('')
  .map((k: string) => ({ k, d: make[k](), us: [] as number[], rps: [] as number[], turns: [] as number[] }))
const u: any[] = []
async function run(d: any, ms: number) {
  let done = 0,
    turns = 0,
    over = false
  const turn = () => {
    turns++
    if (!over) setImmediate(turn).unref()
  }
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
  over = true
  const c = process.cpuUsage(c0)
  u.push([c.user / done, c.system / done])
  return [(c.user + c.system) / done, (done / (performance.now() - t0)) * 1000, turns]
}
for (const x of ds) await run(x.d, 500)
const q = (a: number[], s: number) => a.toSorted((p, q) => p - q)[Math.floor(a.length * s)]!
for (let i = 0; i < +rounds; i++)
  for (const x of ds.toSorted(() => Math.random() - 0.5)) {
    u.length = 0
    const [us, rps] = await run(x.d, 80)
    ;(x as any).uu ??= []
    ;(x as any).uu.push(u[0])
    x.us.push(us!)
    x.rps.push(rps!)
  }
for (const x of ds as any[])
  console.log(
    x.k,
    'user',
    q(
      x.uu.map((v: any) => v[0]),
      0.25,
    ).toFixed(1),
    'sys',
    q(
      x.uu.map((v: any) => v[1]),
      0.25,
    ).toFixed(1),
  )
console.log(
  conns,
  conc,
  kib,
  ds.map((x) => `${x.k} ${q(x.us, 0.25).toFixed(1)}us ${q(x.rps, 0.75).toFixed(0)}/s`).join('  '),
  '| cpu',
  ds
    .slice(1)
    .map((x) => (q(x.us, 0.25) / q(ds[0]!.us, 0.25)).toFixed(3))
    .join(' '),
  '| rps',
  ds
    .slice(1)
    .map((x) =>
      q(
        ds[0]!.rps.map((r, i) => r / x.rps[i]!),
        0.5,
      ).toFixed(3),
    )
    .join(' '),
)

process.exit()
