import { availableParallelism } from 'node:os'
import { inspect, parseArgs } from 'node:util'
import { Worker } from 'node:worker_threads'
import { add, hunt, type Prey, type Tally } from './hunt.js'
import type { Message } from './hunter.js'

// `pnpm simulate [--minutes 5] [--seed 1]`: random pools under random loads and faults, with all invariants checked, on
// all cores. Stops at the first violation. `--seed … --path …` runs the program that broke one again.

const PROGRAMS = 10
/** A batch takes a second or two; one that takes so long never ends. */
const LONGEST = 180_000
const EVERY = 10_000

const usage = 'Usage: pnpm simulate [--minutes <number>] [--seed <whole number>] [--path <path of a program>]'

const options = read()
if (options === undefined) process.exitCode = 2
else process.exitCode = options.path === undefined ? await runAll(options) : await runAgain(options.seed, options.path)

interface Options {
  readonly minutes: number
  readonly seed: number
  readonly path: string | undefined
}

function read(): Options | undefined {
  try {
    const { values } = parseArgs({
      options: { minutes: { type: 'string' }, seed: { type: 'string' }, path: { type: 'string' } },
    })
    const minutes = Number(values.minutes ?? 5)
    const seed = Number(values.seed ?? Date.now() % 1_000_000_000)
    if (!(minutes > 0)) throw new Error(`--minutes ${values.minutes}: a number above 0 is needed`)
    if (!Number.isInteger(seed)) throw new Error(`--seed ${values.seed}: a whole number is needed`)
    return { minutes, seed, path: values.path }
  } catch (error) {
    console.error(`${(error as Error).message}\n${usage}`)
    return undefined
  }
}

async function runAgain(seed: number, path: string): Promise<number> {
  process.on('warning', () => {})
  const { prey } = await hunt({ seed, path, programs: PROGRAMS })
  if (prey === undefined) console.log('the program keeps all invariants')
  else console.log(described(prey))
  return prey === undefined ? 0 : 1
}

async function runAll({ minutes, seed }: Options): Promise<number> {
  const began = performance.now()
  const until = began + minutes * 60_000
  const total: Tally = { programs: 0, acquires: 0, seen: {} }
  let batch = 0
  let prey: Prey | string | undefined
  const hunters = Math.max(1, availableParallelism())
  console.log(`seed ${seed}, ${minutes} min on ${hunters} cores`)
  const progress = setInterval(() => console.log(summary(total, began)), EVERY)
  await Promise.all(
    Array.from({ length: hunters }, async () => {
      const worker = new Worker(new URL('./hunter.js', import.meta.url))
      try {
        while (prey === undefined && performance.now() < until) {
          const batchSeed = seed + batch++
          const { tally, prey: caught } = await runBatch(worker, batchSeed)
          merge(total, tally)
          prey ??= caught
        }
      } catch (error) {
        prey ??= (error as Error).message
      } finally {
        await worker.terminate()
      }
    }),
  )
  clearInterval(progress)
  console.log(summary(total, began))
  for (const [name, number] of Object.entries(total.seen).sort()) console.log(`  ${name.padEnd(28)} ${number}`)
  if (prey === undefined) console.log('no invariant was broken')
  else console.log(typeof prey === 'string' ? prey : described(prey))
  return prey === undefined ? 0 : 1
}

function runBatch(worker: Worker, seed: number): Promise<{ readonly tally: Tally; readonly prey: Prey | undefined }> {
  return new Promise((resolve, reject) => {
    const isOver = () => {
      clearTimeout(deadline)
      worker.off('message', hear)
      worker.off('error', fail)
    }
    const fail = ({ message }: Error) => {
      isOver()
      reject(new Error(`the programs of seed ${seed} ended the worker: ${message}`))
    }
    const hear = (message: Message) => {
      if (message.kind === 'failure') {
        console.log(`seed ${seed}: ${message.why}; looking for the shortest program …`)
        deadline.refresh()
        return
      }
      isOver()
      resolve(message)
    }
    const deadline = setTimeout(() => {
      isOver()
      reject(new Error(`the programs of seed ${seed} did not end within ${LONGEST / 1_000} s`))
    }, LONGEST)
    worker.on('message', hear)
    worker.on('error', fail)
    worker.postMessage({ seed, programs: PROGRAMS })
  })
}

function merge(total: Tally, { programs, acquires, seen }: Tally): void {
  total.programs += programs
  total.acquires += acquires
  for (const [name, number] of Object.entries(seen)) add(total.seen, name, number)
}

function summary({ programs, acquires }: Tally, began: number): string {
  const minutes = (performance.now() - began) / 60_000
  const aMinute = (acquires / minutes / 1e6).toFixed(2)
  return `${minutes.toFixed(1)} min: ${programs} programs, ${acquires} acquires, ${aMinute} million a minute`
}

function described({ seed, path, program, why }: Prey): string {
  const shown = inspect(program, { depth: Number.POSITIVE_INFINITY, breakLength: 120, sorted: false })
  return [
    'an invariant was broken:',
    ...why.slice(0, 5).map((line) => `  ${line}`),
    `run it again with --seed ${seed} --path ${path}, or simulate(${shown})`,
  ].join('\n')
}
