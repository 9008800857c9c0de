// Real queries while the server is restarted in the middle: once on the pool of pg, once on its drop-in.

import { Postgres } from '../postgres.js'
import { withMillpond, withPgPool } from './access.js'
import { type Outcome, run } from './run.js'

const seconds = Number(process.argv[2] ?? 4)
const count = (value: number) => Math.round(value).toLocaleString('en')

/** What must hold with millpond: exit code 0 says that it did. */
function judge({ answered, failed, lost, back }: Outcome): readonly (readonly [holds: boolean, what: string])[] {
  return [
    [answered > 0 && lost === 0, `of what was acknowledged nothing is lost (${lost})`],
    [failed <= 8, `only queries in flight failed: ${failed}, on 8 connections`],
    [back < 2_200, `served again ${count(back)} ms after the server was back`],
  ]
}

if (!(seconds > 0)) {
  console.error(`${process.argv[2]}: seconds of each run, a number above 0`)
  process.exit(2)
}
console.log('20 clients write and read rows in PostgreSQL, over 8 connections.')
console.log('In the middle the server is stopped, and started again after 700 ms.\n')
await using postgres = await Postgres.start()
const pgPool = await run(postgres, withPgPool(postgres.url), seconds * 1_000)
const millpond = await run(postgres, withMillpond(postgres.url), seconds * 1_000)
const row = (title: string, of: (outcome: Outcome) => string) =>
  console.log(`${title.padEnd(36)}${of(pgPool).padStart(16)}${of(millpond).padStart(16)}`)
row('', (outcome) => (outcome === pgPool ? 'pg.Pool' : 'millpond'))
row('written and read', ({ answered }) => count(answered))
row('failed', ({ failed }) => count(failed))
row('acknowledged rows', ({ written }) => count(written))
row('of those lost', ({ lost }) => count(lost))
row('first answer after its return, ms', ({ back }) => count(back))
console.log('')
const findings = judge(millpond)
for (const [holds, what] of findings) console.log(`${holds ? '✓' : '✗'} ${what}`)
process.exitCode = findings.every(([holds]) => holds) ? 0 : 1
