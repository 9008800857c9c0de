import { notPooled, pooled } from './access.js'
import { type Outcome, run } from './run.js'

const seconds = Number(process.argv[2] ?? 4)
const count = (value: number) => Math.round(value).toLocaleString('en')

/** What must hold with millpond: exit code 0 says that it did. */
function judge(without: Outcome, withPool: Outcome): readonly (readonly [holds: boolean, what: string])[] {
  const fewer = 1 - withPool.opened / without.opened
  return [
    [withPool.failed === 0, `every request was answered, ${withPool.failed} failed`],
    [withPool.generations === 4, `four generations of the server answered (${withPool.generations})`],
    [fewer > 0.9, `${(fewer * 100).toFixed(1)} % fewer handshakes`],
    [withPool.answered > without.answered, `${(withPool.answered / without.answered).toFixed(1)} times the answers`],
  ]
}

if (!(seconds > 0)) {
  console.error(`${process.argv[2]}: seconds of each run, a number above 0`)
  process.exit(2)
}
console.log('16 clients ask a server over TLS, half of them by https.get and half by fetch.')
console.log('The server is reloaded three times meanwhile: a new process takes over, the one before drains.\n')
const without = await run(notPooled(), seconds * 1_000)
const withPool = await run(pooled(), seconds * 1_000)
const row = (title: string, of: (outcome: Outcome) => string) =>
  console.log(`${title.padEnd(36)}${of(without).padStart(16)}${of(withPool).padStart(16)}`)
row('', (outcome) => (outcome === without ? 'not pooled' : 'pooled'))
row('answered a second', ({ answered }) => count(answered / seconds))
row('failed', ({ failed }) => count(failed))
row('connections opened', ({ opened }) => count(opened))
row('half of the answers within, ms', ({ p50 }) => p50.toFixed(1))
row('99 % of the answers within, ms', ({ p99 }) => p99.toFixed(1))
console.log('')
const findings = judge(without, withPool)
for (const [holds, what] of findings) console.log(`${holds ? '✓' : '✗'} ${what}`)
process.exitCode = findings.every(([holds]) => holds) ? 0 : 1
