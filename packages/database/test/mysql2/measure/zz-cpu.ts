import promise from '/work/main/packages/database/node_modules/mysql2/promise.js'
import { createPool } from '/work/main/packages/database/src/mysql2.js'
const options = { host:'127.0.0.1', port:23999, user:'root', connectionLimit: 10 }
const pools: any = { mysql2: (promise as any).createPool(options), millpond: createPool(options) }
const only = process.argv[3]; const conc = Number(process.argv[2] ?? 1000)
async function run(pool: any, n: number) {
  let left = n
  const one = async () => { while (left-- > 0) { const x = await pool.getConnection(); await x.query('select 1'); x.release() } }
  const c0 = process.cpuUsage(), t0 = performance.now()
  await Promise.all(Array.from({length: conc}, one))
  const c = process.cpuUsage(c0)
  return [(c.user + c.system) / n, (performance.now()-t0)*1000 / n]
}
const med = (v: number[]) => v.sort((a,b)=>a-b)[v.length>>1]
const res: any = {mysql2: [], millpond: []}
for (let i = 0; i < 12; i++) for (const k of Math.random() < .5 ? ['mysql2','millpond'] : ['millpond','mysql2']) { if (only && k !== only) continue; const r = await run(pools[k], 6000); if (i > 1) res[k].push(r) }
for (const k in res) if (res[k].length) console.log(k, 'cpu us/query', med(res[k].map((r:any)=>r[0])).toFixed(2), 'wall', med(res[k].map((r:any)=>r[1])).toFixed(2))
await pools.mysql2.end(); await pools.millpond.end()
