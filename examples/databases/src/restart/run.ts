import { setTimeout } from 'node:timers/promises'
import type { Postgres } from '../postgres.js'
import type { Access } from './access.js'

/** What became of one run. */
export interface Outcome {
  readonly answered: number
  readonly failed: number
  /** Rows that were acknowledged, and of those the ones that are not there. */
  readonly written: number
  readonly lost: number
  /** ms from the moment when the server was back to the first answer. */
  readonly back: number
}

const clients = 20
const down = 700

/** Clients that write a row, read it again, and think, while the server is restarted in the middle. */
export async function run(postgres: Postgres, access: Access, ms: number): Promise<Outcome> {
  await postgres.run('drop table if exists notes')
  await postgres.run('create table notes (id bigint primary key, text text not null)')
  const outcome = { answered: 0, failed: 0 }
  const written: number[] = []
  let isOver = false
  let lastId = 0
  let isBackSince: number | undefined
  let back = Number.NaN
  const client = async () => {
    while (!isOver) {
      const id = ++lastId
      try {
        await access.query('insert into notes (id, text) values ($1, $2)', [id, `note ${id}`])
        written.push(id)
        await access.query('select text from notes where id = $1', [id])
        outcome.answered++
        if (isBackSince !== undefined && Number.isNaN(back)) back = performance.now() - isBackSince
      } catch {
        outcome.failed++
      }
      await setTimeout(Math.random() * 10)
    }
  }
  const loops = Array.from({ length: clients }, client)
  await setTimeout(ms / 2)
  await postgres.stop()
  await setTimeout(down)
  await postgres.start()
  isBackSince = performance.now()
  await setTimeout(ms / 2)
  isOver = true
  await Promise.all(loops)
  await access[Symbol.asyncDispose]()
  const found = await postgres.run<{ id: string }>('select id from notes')
  const ids = new Set(found.map(({ id }) => Number(id)))
  return { ...outcome, written: written.length, lost: written.filter((id) => !ids.has(id)).length, back }
}
