import { eq, sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/node-postgres'
import { integer, pgTable, serial, text } from 'drizzle-orm/pg-core'
import type pg from 'pg'
import { expect } from 'vitest'
import { onBothPools } from './on-both-pools.js'

const accounts = pgTable('account', {
  id: serial('id').primaryKey(),
  owner: text('owner').notNull().unique(),
  balance: integer('balance').notNull(),
})

async function open(pool: pg.Pool) {
  const db = drizzle(pool, { schema: { accounts } })
  await db.execute(
    sql`create table account (id serial primary key, owner text not null unique, balance integer not null)`,
  )
  await db.insert(accounts).values(['Ann', 'Bob', 'Cy'].map((owner) => ({ owner, balance: 100 })))
  const balances = () => db.query.accounts.findMany({ columns: { id: false }, orderBy: accounts.owner })
  return { db, balances }
}

onBothPools('Drizzle', {
  'asks queries, plain and prepared': async ({ pool }) => {
    const { db, balances } = await open(pool)
    const updated = await db.update(accounts).set({ balance: 5 }).where(eq(accounts.owner, 'Ann')).returning()
    const byOwner = db
      .select()
      .from(accounts)
      .where(eq(accounts.owner, sql.placeholder('owner')))
      .prepare('by_owner')
    const asked = await Promise.all(['Ann', 'Bob', 'Ann', 'Cy'].map((owner) => byOwner.execute({ owner })))
    return [updated, asked, await balances()]
  },

  'commits a transaction, and rolls one back that fails or is given up': async ({ pool }) => {
    const { db, balances } = await open(pool)
    const pay = (amount: number, owner: string, isMeant = true) =>
      db.transaction(async (tx) => {
        await tx
          .update(accounts)
          .set({ balance: sql`${accounts.balance} - ${amount}` })
          .where(eq(accounts.owner, 'Ann'))
        await tx.insert(accounts).values({ owner, balance: amount })
        if (!isMeant) tx.rollback()
      })
    await pay(30, 'Di')
    const failures = await Promise.allSettled([pay(50, 'Bob'), pay(50, 'Ed', false)])
    const answer = await balances()
    expect(failures.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    expect(answer.map(({ owner, balance }) => `${owner} ${balance}`)).toEqual(['Ann 70', 'Bob 100', 'Cy 100', 'Di 30'])
    return answer
  },

  'runs each transaction on one client of the pool, nested ones included': async ({ pool }) => {
    const { db, balances } = await open(pool)
    // Drizzle looks whether it was given a pool: on a client alone, transactions of several callers would be one.
    await Promise.all(
      Array.from({ length: 40 }, (_, n) =>
        db.transaction(async (tx) => {
          const pids = [await tx.execute(sql`select pg_backend_pid() as pid`)]
          await tx
            .transaction(async (inner) => {
              await inner.update(accounts).set({ balance: 0 }).where(eq(accounts.owner, 'Bob'))
              pids.push(await inner.execute(sql`select pg_backend_pid() as pid`))
              inner.rollback()
            })
            .catch(() => {})
          await tx
            .update(accounts)
            .set({ balance: sql`${accounts.balance} + 1` })
            .where(eq(accounts.owner, n % 2 === 0 ? 'Ann' : 'Cy'))
          expect(pids[0]?.rows).toEqual(pids[1]?.rows)
        }),
      ),
    )
    expect(pool.totalCount).toBe(4)
    const answer = await balances()
    expect(answer.map(({ balance }) => balance)).toEqual([120, 100, 120])
    return answer
  },
})
