import { createPool, defineAdapter } from '../src/index.js'

/** A small program around one pool; what it does is its first argument. It prints its age in ms when it exits. */
const adapter = defineAdapter({ name: 'fixture', open: () => ({}), close: () => {}, check: async () => {} })
const pool = createPool(adapter, {
  size: { max: 1 },
  idle: { timeout: 60_000 },
  lifetime: { maxAge: 60_000 },
  health: { every: 60_000 },
})
const started = performance.now()
process.on('exit', () => process.stdout.write(String(performance.now() - started)))

const lease = await pool.acquire()
switch (process.argv[2]) {
  case 'idle':
    lease.release()
    break
  case 'leased':
    break
  case 'waiting':
    pool.acquire({ timeout: 400 }).catch((error: Error) => process.stdout.write(`${error.name} `))
    break
  case 'served':
    pool.acquire({ timeout: 60_000 }).then((next) => next.release())
    lease.release()
    break
  case 'closing':
    void pool.close({ timeout: 400 }).then(() => process.stdout.write('closed '))
    break
}
