import { sql as drizzleSql, eq } from 'drizzle-orm'
import { int, mysqlTable, varchar } from 'drizzle-orm/mysql-core'
import { drizzle } from 'drizzle-orm/mysql2'
import { type Generated, Kysely, MysqlDialect, sql } from 'kysely'
import { DataSource, EntitySchema } from 'typeorm'
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import { describeWith } from '../../../testing/test/real-servers/describe-with.js'
import { createPool } from '../../src/mysql2.js'
import * as callback from '../../src/mysql2-callback.js'
import { MariadbServer } from './mariadb-server.js'

interface Shop {
  notes: { id: Generated<number>; text: string }
}

interface Note {
  id?: number
  text: string
}

const notes = mysqlTable('notes', {
  id: int('id').primaryKey().autoincrement(),
  text: varchar('text', { length: 80 }).notNull(),
})

const NoteEntity = new EntitySchema<Note>({
  name: 'Note',
  tableName: 'notes',
  columns: { id: { type: 'int', primary: true, generated: true }, text: { type: 'varchar', length: 80 } },
})

const failing = new Error('changed my mind')
const refusal = (asked: Promise<unknown>) => asked.then(() => 'no error').catch((error: Error) => error.message)

describeWith('mariadbd', 'with the pool for mysql2', () => {
  let server: MariadbServer
  beforeAll(async () => {
    server = await MariadbServer.start()
  }, 60_000)
  afterAll(() => server?.stop())
  beforeEach(() =>
    server.run(
      'create or replace table notes (id int primary key auto_increment, text varchar(80) not null) engine=innodb',
    ),
  )

  const texts = async () => (await server.run('select text from notes order by id')).map(({ text }) => text)

  it('Kysely asks, streams, and commits or rolls back', async () => {
    const pool = callback.createPool({ ...server.config, connectionLimit: 2 })
    const db = new Kysely<Shop>({ dialect: new MysqlDialect({ pool }) })
    const { insertId } = await db.insertInto('notes').values({ text: 'one' }).executeTakeFirstOrThrow()
    expect(insertId).toBe(1n)
    await db.transaction().execute((trx) => trx.insertInto('notes').values({ text: 'two' }).execute())
    const rolledBack = db.transaction().execute(async (trx) => {
      await trx.insertInto('notes').values({ text: 'three' }).execute()
      throw failing
    })
    expect(await refusal(rolledBack)).toBe(failing.message)
    const streamed: string[] = []
    for await (const { text } of db.selectFrom('notes').select('text').orderBy('id').stream()) streamed.push(text)
    expect(streamed).toEqual(['one', 'two'])
    expect((await sql<{ n: number }>`select ${7} as n`.execute(db)).rows).toEqual([{ n: 7 }])
    expect(pool.stats()).toMatchObject({ leases: 0, opened: 1 })
    await db.destroy()
    expect([pool.stats().state, await server.sessions()]).toEqual(['closed', []])
  })

  it.each(['promises', 'callbacks'])('Drizzle asks, iterates, and commits or rolls back: %s', async (kind) => {
    // Drizzle gives connections back by mysql2's deprecated end() as well.
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
    const pool = createPool({ ...server.config, connectionLimit: 2 })
    const db = kind === 'promises' ? drizzle(pool) : drizzle({ client: pool.pool })
    const [{ insertId }] = await db.insert(notes).values({ text: 'one' })
    await db.transaction(async (tx) => {
      await tx.insert(notes).values({ text: 'two' })
    })
    const rolledBack = db.transaction(async (tx) => {
      await tx.insert(notes).values({ text: 'three' })
      throw failing
    })
    expect(await refusal(rolledBack)).toBe(failing.message)
    expect(await db.select().from(notes).where(eq(notes.id, insertId))).toEqual([{ id: insertId, text: 'one' }])
    const iterated: unknown[] = []
    for await (const row of await db.select().from(notes).prepare().iterator()) iterated.push(row)
    expect(iterated.length).toBe(2)
    warn.mockRestore()
    expect((await db.execute(drizzleSql`select ${7} as n`))[0]).toEqual([{ n: 7 }])
    expect(await texts()).toEqual(['one', 'two'])
    await pool.end()
    expect(pool.stats()).toMatchObject({ leases: 0, opened: 1, state: 'closed' })
  })

  it('TypeORM takes it for its driver, asks, and commits or rolls back', async () => {
    const { host, port, user, password, database } = server.config
    const source = new DataSource({
      type: 'mariadb',
      driver: callback,
      host,
      port,
      username: user,
      password,
      database,
      poolSize: 2,
      entities: [NoteEntity],
    })
    await source.initialize()
    const repository = source.getRepository(NoteEntity)
    expect(await repository.save({ text: 'one' })).toEqual({ id: 1, text: 'one' })
    await source.transaction((manager) => manager.insert(NoteEntity, { text: 'two' }))
    const rolledBack = source.transaction(async (manager) => {
      await manager.insert(NoteEntity, { text: 'three' })
      throw failing
    })
    expect(await refusal(rolledBack)).toBe(failing.message)
    expect(await repository.find({ order: { id: 'asc' } })).toMatchObject([{ text: 'one' }, { text: 'two' }])
    const stream = await repository.createQueryBuilder('note').stream()
    let streamed = 0
    for await (const _ of stream) streamed++
    expect(streamed).toBe(2)
    const { pool } = source.driver as unknown as { pool: callback.Pool }
    expect(pool.stats().leases).toBe(0)
    await source.destroy()
    expect(pool.stats().state).toBe('closed')
  })

  it('TypeORM takes its cluster for primary and replicas', async () => {
    const { host, port, user, password, database } = server.config
    const node = { host, port, username: user, password, database }
    const source = new DataSource({
      type: 'mariadb',
      driver: callback,
      replication: { master: node, slaves: [node, node] },
      entities: [NoteEntity],
    })
    await source.initialize()
    const repository = source.getRepository(NoteEntity)
    await repository.save({ text: 'one' })
    expect(await repository.find()).toEqual([{ id: 1, text: 'one' }])
    await source.destroy()
    expect(await server.sessions()).toEqual([])
  })
})
