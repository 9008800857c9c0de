import pg from 'pg'
import { Pool } from '../src/pg.js'

// Asks the pool of the first argument one query, with the options of the second, and has nothing else to do.
const [which, options = '{}'] = process.argv.slice(2)
const pool = new (which === 'theirs' ? pg.Pool : Pool)(JSON.parse(options))
await pool.query('select 1')
process.send?.('asked')
process.disconnect?.()
