import mysql from 'mysql2'
import { MillpondCallbackPool } from './callback-pool.js'
import type { PoolOptions } from './mysql2-options.js'

/** One node of a cluster, as mysql2 keeps it. */
interface ClusterNode {
  readonly id: string
  readonly pool: MillpondCallbackPool
  errorCount: number
  _offlineUntil: number
}

/** What the cluster that mysql2 has written does with a node is all here, but the making of it. */
interface ClusterBase {
  _lastId: number
  readonly _nodes: Record<string, ClusterNode | undefined>
  readonly _serviceableNodeIds: string[]
  _clearFindCaches(): void
}

const MysqlPoolCluster = (mysql as unknown as { PoolCluster: unknown }).PoolCluster as new (
  options?: mysql.PoolClusterOptions,
) => ClusterBase

/** A node that is down is told at once, so that the cluster can try another. */
const breaker = { failures: 1, cooldown: 1_000 }

/** mysql2's cluster, patterns and selectors and all, over pools of ours. */
export class MillpondPoolCluster extends MysqlPoolCluster {
  add(id: string | PoolOptions, options?: PoolOptions | string): void {
    const [name, given] = typeof id === 'string' ? [id, options] : [`CLUSTER::${++this._lastId}`, id]
    if (this._nodes[name] !== undefined || given === undefined) return
    const pool = new MillpondCallbackPool(withBreaker(name, given))
    this._nodes[name] = { id: name, errorCount: 0, pool, _offlineUntil: 0 }
    this._serviceableNodeIds.push(name)
    this._clearFindCaches()
  }
}

function withBreaker(name: string, options: PoolOptions | string): PoolOptions {
  const given = typeof options === 'string' ? { uri: options } : options
  const { pool = {} } = given
  return { ...given, pool: { name, ...pool, connect: { breaker, ...pool.connect } } }
}
