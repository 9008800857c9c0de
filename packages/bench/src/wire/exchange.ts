import type { DatabaseExchange } from '../database/database-exchange.js'
import type { HttpExchange } from '../http/http-exchange.js'
import type { Ask } from './sustained.js'

/** Who asks what of which server. */
export type Exchange = HttpExchange | DatabaseExchange

/** Loads the client that is measured, and no other. */
export async function exchangeOf(exchange: Exchange): Promise<Ask> {
  if (exchange.kind === 'http') return (await import('../http/http-exchange.js')).askHttp(exchange)
  return (await import('../database/database-exchange.js')).askDatabase(exchange)
}
