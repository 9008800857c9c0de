import { type Generated, Kysely, PostgresDialect, sql } from 'kysely'
import type pg from 'pg'
import Cursor from 'pg-cursor'
import { expect } from 'vitest'
import { onBothPools } from './on-both-pools.js'

interface Tables {
  account: { id: Generated<number>; owner: string; balance: number }
}

async function open(pool: pg.Pool): Promise<Kysely<Tables>> {
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool, cursor: Cursor }) })
  await db.schema
    .createTable('account')
    .addColumn('id', 'serial', (column) => column.primaryKey())
    .addColumn('owner', 'text', (column) => column.notNull().unique())
    .addColumn('balance', 'integer', (column) => column.notNull())
    .execute()
  const values = ['Ann', 'Bob', 'Cy'].map((owner) => ({ owner, balance: 100 }))
  await db.insertInto('account').values(values).execute()
  return db
}

const balances = (db: Kysely<Tables>) =>
  db.selectFrom('account').select(['owner', 'balance']).orderBy('owner').execute()

onBothPools('Kysely', {
  'asks queries, and ends the pool when it is destroyed': async ({ pool }) => {
    const db = await open(pool)
    const updated = await db
      .updateTable('account')
      .set({ balance: 5 })
      .where('owner', '=', 'Ann')
      .returningAll()
      .execute()
    const answer = [updated, await balances(db)]
    await db.destroy()
    expect(pool.ended).toBe(true)
    return answer
  },

  'commits a transaction, and rolls one back that fails': async ({ pool }) => {
    const db = await open(pool)
    const pay = (amount: number, owner: string) =>
      db.transaction().execute(async (trx) => {
        const less = sql<number>`balance - ${amount}`
        await trx.updateTable('account').set({ balance: less }).where('owner', '=', 'Ann').execute()
        await trx.insertInto('account').values({ owner, balance: amount }).execute()
      })
    await pay(30, 'Di')
    const failed = await pay(50, 'Bob').catch((error: Error) => error.message)
    expect(failed).toContain('duplicate key')
    const answer = await balances(db)
    expect(answer[0]).toEqual({ owner: 'Ann', balance: 70 })
    return answer
  },

  'goes back to a savepoint of a transaction that it controls': async ({ pool }) => {
    const db = await open(pool)
    const trx = await db.startTransaction().execute()
    await trx.deleteFrom('account').where('owner', '=', 'Cy').execute()
    const inner = await trx.savepoint('before').execute()
    await inner.deleteFrom('account').execute()
    await inner.rollbackToSavepoint('before').execute()
    await trx.commit().execute()
    return balances(db)
  },

  'serves many callers on few clients': async ({ pool }) => {
    const db = await open(pool)
    const more = { balance: sql<number>`balance + 1` }
    await Promise.all(
      Array.from({ length: 60 }, () =>
        db.transaction().execute((trx) => trx.updateTable('account').set(more).where('owner', '=', 'Ann').execute()),
      ),
    )
    expect(pool.totalCount).toBeLessThanOrEqual(4)
    const answer = await balances(db)
    expect(answer[0]?.balance).toBe(160)
    return answer
  },

  'streams through a cursor, to the end and until it has enough': async ({ pool }) => {
    const db = await open(pool)
    const all: string[] = []
    for await (const { owner } of db.selectFrom('account').select('owner').orderBy('owner').stream(1)) all.push(owner)
    for await (const { owner } of db.selectFrom('account').select('owner').orderBy('owner').stream(1)) {
      all.push(owner)
      break
    }
    return [all, await balances(db)]
  },
})
