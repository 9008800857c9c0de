import { createPool, type PoolConnection } from 'mysql2/promise'
import { type Contender, type PoolSetup, standardSetup } from '../contender.js'
import { nullMysqlStream } from './null-mysql-server.js'

export function mysql2(setup: PoolSetup = standardSetup): Contender<PoolConnection> {
  const pool = createPool({ connectionLimit: setup.connections, stream: nullMysqlStream })
  return {
    acquire: () => pool.getConnection(),
    release: (connection) => connection.release(),
    close: () => pool.end(),
  }
}
