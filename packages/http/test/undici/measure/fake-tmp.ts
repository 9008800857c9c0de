import { Duplex } from 'node:stream'
import { Agent, Pool } from 'undici'
import { createDispatcher } from '../../../src/undici.js'

const [kind = 'mpa', conns = '16', conc = '64', rounds = '15'] = process.argv.slice(2)
const answer = Buffer.from(
  'HTTP/1.1 200 OK\r\nContent-Length: 0\r\nDate: Mon, 01 Jan 2024 00:00:00 GMT\r\nConnection: keep-alive\r\nKeep-Alive: timeout=30\r\n\r\n',
)
const pending: any[] = []
function flush() {
  const list = pending.splice(0)
  for (const s of list) s.push(answer)
}
class Fake extends Duplex {
  override _read() {}
  override _write(_c: any, _e: any, cb: any) {
    if (pending.push(this) === 1) setImmediate(flush)
    cb()
  }
  override _destroy(e: any, cb: any) {
    cb(e)
  }
  ref() {
    return this
  }
  unref() {
    return this
  }
  setNoDelay() {
    return this
  }
  setKeepAlive() {
    return this
  }
}
const connector: any = (_o: any, cb: any) => {
  process.nextTick(() => cb(null, new Fake()))
}
const origin = 'http://127.0.0.1:9'
const make: any = {
  m: () => createDispatcher({ perKey: +conns, connector, connect: { growth: 'eager' } }),
  p: () => new Pool(origin, { connections: +conns, connect: connector }),
  a: () => new Agent({ connections: +conns, connect: connector }),
}
const ds = kind.split('').map((k: string) => ({ k, d: make[k](), us: [] as number[] }))
async function run(d: any, n: number) {
  let left = n
  const c0 = process.cpuUsage()
  const worker = async () => {
    while (left-- > 0) {
      const { body } = await d.request({ origin, path: '/', method: 'GET' })
      await body.dump()
    }
  }
  await Promise.all(Array.from({ length: +conc }, worker))
  const c = process.cpuUsage(c0)
  return (c.user + c.system) / n
}
for (const x of ds) await run(x.d, 20000)
const med = (a: number[]) => a.toSorted((p, q) => p - q)[Math.floor(a.length * 0.15)]!

import fs from 'node:fs'

const hr = () => Number(process.hrtime.bigint() / 1000n)
const windows: any[] = []
for (let i = 0; i < +rounds; i++)
  for (const x of ds) {
    const a = hr()
    x.us.push(await run(x.d, 2500))
    if (i > 4) windows.push([x.k, a, hr()])
  }
fs.writeFileSync('/tmp/windows.json', JSON.stringify(windows))
console.log(
  conns,
  conc,
  ds.map((x) => x.k + ' ' + med(x.us).toFixed(2)).join('  '),
  'ratio',
  ds
    .slice(1)
    .map((x) => (med(x.us) / med(ds[0]!.us)).toFixed(3))
    .join(' '),
)
process.exit()
