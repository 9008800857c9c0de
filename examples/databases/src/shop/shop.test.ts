import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Pool } from '@millpond/database/pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { Postgres } from '../postgres.js'
import { shop } from './shop.js'

let postgres: Postgres
let pool: Pool
let server: Server
let url: string
beforeAll(async () => {
  postgres = await Postgres.start()
  await postgres.run('create table articles (id int generated always as identity, name text, stock int)')
  pool = new Pool({ connectionString: `${postgres.url}?application_name=shop`, max: 4 })
  server = shop(pool).listen(0, '127.0.0.1')
  await once(server, 'listening')
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}, 60_000)
afterAll(async () => {
  server.close()
  await pool.end()
  await postgres[Symbol.asyncDispose]()
})

const post = (path: string, body: object) =>
  fetch(url + path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })

it('serves Express routes through Kysely and Drizzle on one pool', async () => {
  const created = await post('/articles', { name: 'lamp', stock: 3 })
  expect([created.status, await created.json()]).toEqual([201, { id: 1, name: 'lamp', stock: 3 }])
  expect(await (await fetch(`${url}/articles`)).json()).toEqual([{ id: 1, name: 'lamp', stock: 3 }])
})

it('sells no more than there is to a hundred customers at once, who share four connections', async () => {
  const { id } = (await (await post('/articles', { name: 'chair', stock: 30 })).json()) as { id: number }
  const orders = await Promise.all(Array.from({ length: 100 }, () => post(`/articles/${id}/orders`, { count: 1 })))
  const statuses = orders.map(({ status }) => status)
  expect(statuses.filter((status) => status === 200)).toHaveLength(30)
  expect(statuses.filter((status) => status === 409)).toHaveLength(70)
  expect(await postgres.run('select stock from articles where id = $1', [id])).toEqual([{ stock: 0 }])
  const sessions = await postgres.run("select state from pg_stat_activity where application_name = 'shop'")
  expect(sessions.length).toBeLessThanOrEqual(4)
  expect(sessions.filter(({ state }) => state !== 'idle')).toEqual([])
})

it('says how the pool is', async () => {
  expect(await (await fetch(`${url}/health`)).json()).toMatchObject({ waiting: 0 })
})
