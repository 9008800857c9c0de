import { type Contender, connections } from './contender.js'
import { type ContenderName, createContender } from './contenders/index.js'
import type { MillpondSetup } from './contenders/millpond.js'
import { openAll } from './contenders/open-all.js'
import { type OptionSetName, optionSets } from './options/option-sets.js'

/** What one process holds, told to it as JSON. */
export type Subject =
  /** A pool as its users run it, with ten connections. */
  | { readonly kind: 'standard'; readonly contender: ContenderName }
  /** millpond with so many connections, all kept open. */
  | { readonly kind: 'connections'; readonly connections: number; readonly reuse: 'lifo' | 'fifo' }
  /** millpond with an acquire timeout that outlasts the rounds of all other processes. */
  | { readonly kind: 'patient' }
  /** millpond's keyed pool with so many keys, or the least that one can cost. */
  | { readonly kind: 'keyed'; readonly contender: 'millpond' | 'floor'; readonly keys: number }
  /** millpond with one of its options switched on, or all. */
  | { readonly kind: 'options'; readonly on: OptionSetName }

const patience = 600_000

/** Resolves when all its connections are open. Loads what is measured, and no other pool. */
export async function createSubject(subject: Subject): Promise<Contender> {
  switch (subject.kind) {
    case 'standard':
      return createContender(subject.contender)
    case 'connections': {
      const { connections: count, reuse } = subject
      return createMillpond({ options: { size: { min: count, max: count }, idle: { reuse } } }, count)
    }
    case 'patient':
      return createMillpond({ options: { acquire: { timeout: patience } } })
    case 'keyed':
      return createKeyed(subject.contender, subject.keys)
    case 'options': {
      const contender = await createMillpond(optionSets[subject.on])
      // What follows the async context is switched on by the first `use`, for the whole process.
      await contender.use?.()
      return contender
    }
  }
}

async function createMillpond(setup: MillpondSetup, count = connections): Promise<Contender> {
  const { millpond } = await import('./contenders/millpond.js')
  const contender = millpond(setup)
  await openAll(contender, count)
  return contender as Contender
}

async function createKeyed(contender: 'millpond' | 'floor', keys: number): Promise<Contender> {
  if (contender === 'floor') return (await import('./contenders/keyed-floor.js')).keyedFloor(keys) as Contender
  return (await (await import('./contenders/keyed-millpond.js')).keyedMillpond(keys)) as Contender
}
