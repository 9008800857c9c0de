// npm run check: every gate, or those named on the command line. All of them run, even after one failed.

import { Failure, main } from './commands.mjs'
import { gates } from './gates.mjs'
import { setUp } from './set-up.mjs'
import { dim, duration, green, red, say } from './terminal.mjs'

const atOnce = 2

await main(async () => {
  const chosen = choose(process.argv.slice(2))
  await setUp()
  say(`gates: ${chosen.map(({ name }) => name).join(', ')}`)
  const failed = await runAll(chosen)
  say(`gates: ${chosen.length - failed} passed, ${failed} failed`)
  return failed === 0 ? 0 : 1
})

function choose(names) {
  const unknown = names.filter((name) => !gates.some((gate) => gate.name === name))
  if (unknown.length > 0) {
    throw new Failure(
      `no gate is called ${unknown.join(' or ')}; there are ${gates.map(({ name }) => name).join(', ')}`,
    )
  }
  const wanted = gates.filter(({ name }) => names.length === 0 || names.includes(name))
  return gates.filter(({ name }) => wanted.some((gate) => gate.name === name || gate.after === name))
}

async function runAll(chosen) {
  const waiting = [...chosen]
  const settled = new Map()
  const running = new Set()
  let failed = 0

  const isDue = ({ after }) => after === undefined || settled.has(after)
  while (waiting.length > 0 || running.size > 0) {
    const next = running.size < atOnce ? waiting.find(isDue) : undefined
    if (next === undefined) {
      await Promise.race(running)
      continue
    }
    waiting.splice(waiting.indexOf(next), 1)
    const run = attempt(next, settled).then((passed) => {
      if (!passed) failed += 1
      settled.set(next.name, passed)
      running.delete(run)
    })
    running.add(run)
  }
  return failed
}

async function attempt({ name, about, run, after }, settled) {
  const began = performance.now()
  const report = (verdict, detail) => {
    say(`${verdict} ${name.padEnd(8)} ${duration(performance.now() - began).padStart(7)}  ${dim(about)}`)
    if (detail) say(detail.trim().replace(/^/gm, '         '))
  }
  try {
    if (settled.get(after) === false) throw new Failure(`not run: ${after} failed`)
    report(green('ok    '), await run())
    return true
  } catch (error) {
    const explained = error instanceof Failure
    report(red('failed'), explained ? `${error.message}\n${error.output}` : error.stack)
    return false
  }
}
