import pg from 'pg'
import { Pool } from '../src/pg.js'

// Asks the pool of the first argument one query, with the options of the second, and has nothing else to do.
const [which, options = '{}'] = process.argv.slice(2)
const config: pg.PoolConfig = JSON.parse(options)
const pool: pg.Pool = which === 'theirs' ? new pg.Pool(config) : new Pool(config)
await pool.query('select 1')
process.send?.('asked')
process.disconnect?.()
