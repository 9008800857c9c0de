import { createKeyedPool } from '../../src/index.js'

/** A small program around one keyed pool; what it does is its first argument. It prints its age in ms when it exits. */
const pool = createKeyedPool({
  key: (target: string) => target,
  adapter: (target) => ({
    name: 'fixture',
    open: () => (target === 'down' ? Promise.reject(new Error('refused')) : {}),
    close: () => {},
  }),
  total: 1,
  idle: { timeout: 60_000 },
})
const started = performance.now()
process.on('exit', () => process.stdout.write(String(performance.now() - started)))

switch (process.argv[2]) {
  case 'idle':
    await pool.use('a', () => {})
    break
  case 'leased':
    await pool.acquire('a')
    break
  case 'failed':
    await pool.acquire('down').catch(() => {})
    break
  case 'waiting':
    await pool.acquire('a')
    pool.acquire('b', { timeout: 400 }).catch((error: Error) => process.stdout.write(`${error.name} `))
    break
  case 'closing':
    await pool.acquire('a')
    void pool.close({ timeout: 400 }).then(() => process.stdout.write('closed '))
    break
}
