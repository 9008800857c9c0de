import type { EventEmitter } from 'node:events'
import promise from 'mysql2/promise'
import type { MillpondPoolCluster } from './pool-cluster.js'

/** mysql2 does not export this class, but makes instances of it. */
const MysqlPromisePoolCluster = promise.createPoolCluster().constructor as new (
  cluster: MillpondPoolCluster,
  promiseImpl: PromiseConstructor | undefined,
) => EventEmitter

/** mysql2's promises around a cluster with callbacks. */
export class PromisePoolCluster extends MysqlPromisePoolCluster {}
