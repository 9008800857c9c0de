import { replicas } from './parts/replicas.js'
import { sharedLimit } from './parts/shared-limit.js'
import { shedding } from './parts/shedding.js'
import { spike } from './parts/spike.js'
import { staleConnections } from './parts/stale-connections.js'
import { standby } from './parts/standby.js'
import { tenants } from './parts/tenants.js'
import { yesterdaysPrimary } from './parts/yesterdays-primary.js'
import { type NamedPart, runParts } from './run-parts.js'

const parts: readonly NamedPart[] = [
  { name: 'tenants', title: 'a pool for each tenant, one limit for all', run: tenants },
  { name: 'shared-limit', title: 'two pools, one limit', run: sharedLimit },
  { name: 'replicas', title: 'balanced reads, with the primary behind them', run: replicas },
  { name: 'standby', title: 'writes that fail over, and back', run: standby },
  { name: 'stale-connections', title: 'asked again when the connection was dead', run: staleConnections },
  { name: 'yesterdays-primary', title: 'a policy that retires connections', run: yesterdaysPrimary },
  { name: 'shedding', title: 'a policy that refuses unimportant work', run: shedding },
  { name: 'spike', title: 'how few connections elastic growth opens', run: spike },
]

const timeLimit = 30_000

/** Runs the parts that are named on the command line, or all. */
async function main(names: readonly string[]): Promise<number> {
  const unknown = names.filter((name) => !parts.some((part) => part.name === name))
  if (unknown.length > 0) {
    console.error(`No part is called ${unknown.join(' or ')}; there are ${parts.map(({ name }) => name).join(', ')}.`)
    return 2
  }
  setTimeout(() => {
    console.error(`not done after ${timeLimit / 1_000} s`)
    process.exit(1)
  }, timeLimit).unref()
  return runParts(
    parts.filter(({ name }) => names.length === 0 || names.includes(name)),
    (line) => console.log(line),
  )
}

process.exitCode = await main(process.argv.slice(2))
