import { attack, clientCount, type Outcome } from './attack.js'
import { max, perClient } from './limits.js'

const seconds = Number(process.argv[2] ?? 3)
const count = (value: number) => Math.round(value).toLocaleString('en')

/** What must hold of the guarded server: exit code 0 says that it did. */
function judge({ before, during, held, refused }: Outcome): readonly (readonly [holds: boolean, what: string])[] {
  const share = during.answered / before.answered
  return [
    [before.failed + during.failed === 0, `every request was answered (${during.failed} failed during the attack)`],
    [share > 0.5, `the clients kept their pace: ${Math.round(share * 100)} % of what they had before`],
    [held <= perClient, `the attacker held at most ${perClient} connections of ${max} (${held} at the end)`],
    [refused > 0, `the others were refused at the door (${count(refused)})`],
  ]
}

if (!(seconds > 0)) {
  console.error(`${process.argv[2]}: seconds of each part of a run, a number above 0`)
  process.exit(2)
}
console.log(`${clientCount} clients on pooled connections ask a server that lets ${max} connections in.`)
console.log('Then another host opens 200 connections, begins a request on each, and never ends it (slowloris).\n')
const unguarded = await attack('unguarded', seconds * 1_000)
const guarded = await attack('guarded', seconds * 1_000)
const row = (title: string, of: (outcome: Outcome) => string) =>
  console.log(`${title.padEnd(36)}${of(unguarded).padStart(16)}${of(guarded).padStart(16)}`)
row('', ({ kind }) => kind)
row('answered a second, before', ({ before }) => count(before.answered / seconds))
row('answered a second, during the attack', ({ during }) => count(during.answered / seconds))
row('requests failed during the attack', ({ during }) => count(during.failed))
row('connections that the attacker holds', ({ held }) => count(held))
row('connections refused', ({ refused }) => count(refused))
console.log('')
const findings = judge(guarded)
for (const [holds, what] of findings) console.log(`${holds ? '✓' : '✗'} ${what}`)
process.exitCode = findings.every(([holds]) => holds) ? 0 : 1
