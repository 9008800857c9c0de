import { createPool } from '../../src/mysql2.js'

// Asks a pool with the options of the first argument, gives a query up, ends the pool, and has nothing else to do.
const pool = createPool(JSON.parse(process.argv[2] ?? '{}'))
await pool.query('select 1')
await pool.query({ sql: 'select sleep(30)', timeout: 50 }).catch(() => {})
await pool.end()
process.send?.(pool.stats().state)
process.disconnect?.()
