import { createKeyedPool } from '@millpond/core'

const t = { key: 'http://a' }
const pool = createKeyedPool<typeof t, object>({
  key: (x) => x.key,
  adapter: () => ({ name: 'x', open: () => ({}), close() {}, destroy() {}, watch: () => () => {}, setRef() {} }),
  perKey: Infinity,
  idle: { timeout: 4000 },
})
;(await pool.acquire(t)).release()
function loop(n: number) {
  const t0 = performance.now()
  for (let i = 0; i < n; i++) {
    const l = pool.tryAcquire(t)!
    l.resource
    l.release()
  }
  return ((performance.now() - t0) / n) * 1e6
}
for (let i = 0; i < 5; i++) console.log('tryAcquire+release ns', loop(300000).toFixed(0))
async function q(n: number) {
  const l = await pool.acquire(t)
  const ps: any[] = []
  const t0 = performance.now()
  const s = { aborted: false, reason: undefined, addEventListener() {}, removeEventListener() {} } as any
  const big = createKeyedPool<typeof t, object>({
    key: (x) => x.key,
    adapter: () => ({ name: 'x', open: () => ({}), close() {}, destroy() {}, watch: () => () => {}, setRef() {} }),
    perKey: 1,
  })
  const first = await big.acquire(t)
  const t1 = performance.now()
  for (let i = 0; i < n; i++)
    ps.push(
      big.acquire(t, { signal: s }).then(
        (x) => x.release(),
        () => {},
      ),
    )
  first.release()
  await Promise.all(ps)
  console.log('queued ns', (((performance.now() - t1) / n) * 1e6).toFixed(0))
  l.release()
}
for (let i = 0; i < 4; i++) await q(20000)
process.exit()
