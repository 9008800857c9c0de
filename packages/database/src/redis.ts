export { createPool } from './redis/create-pool.js'
export type { IoRedisClient, NodeRedisClient, RedisClient } from './redis/redis-client.js'
