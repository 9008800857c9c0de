import type { Pool } from '@millpond/database/pg'
import { eq, sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/node-postgres'
import { integer, pgTable, text } from 'drizzle-orm/pg-core'
import express from 'express'
import { type Generated, Kysely, PostgresDialect } from 'kysely'

interface Tables {
  articles: { id: Generated<number>; name: string; stock: number }
}

const articles = pgTable('articles', {
  id: integer('id').primaryKey().generatedAlwaysAsIdentity(),
  name: text('name').notNull(),
  stock: integer('stock').notNull(),
})

/** A shop on one pool, which Kysely, Drizzle and plain queries share: none of them knows that it is not pg's. */
export function shop(pool: Pool): express.Express {
  const kysely = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) })
  const database = drizzle(pool)
  const app = express().use(express.json())

  app.get('/articles', async (_request, response) => {
    response.json(await kysely.selectFrom('articles').selectAll().orderBy('id').execute())
  })

  app.post('/articles', async (request, response) => {
    const { name, stock } = request.body
    const [article] = await database.insert(articles).values({ name, stock }).returning()
    response.status(201).json(article)
  })

  // A transaction: one that fails leaves nothing behind, neither in the table nor on the connection.
  app.post('/articles/:id/orders', async (request, response) => {
    const ordered = Number(request.body.count)
    try {
      const left = await database.transaction(async (tx) => {
        const [row] = await tx
          .update(articles)
          .set({ stock: sql`${articles.stock} - ${ordered}` })
          .where(eq(articles.id, Number(request.params.id)))
          .returning()
        if (row === undefined || row.stock < 0) throw new RangeError('not enough of it')
        return row.stock
      })
      response.json({ left })
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      response.status(409).json({ error: error.message })
    }
  })

  // Ready while the pool can serve: what a load balancer asks.
  app.get('/health', async (_request, response) => {
    await pool.query({ text: 'select 1', timeout: 1_000 })
    const { size, idle, waiting } = pool.stats()
    response.json({ size, idle, waiting })
  })
  return app
}
