import { fork } from 'node:child_process'
import { once } from 'node:events'
import { isAbsolute } from 'node:path'
import { pathToFileURL } from 'node:url'
import { pinMeasured } from '../pinning.js'
import { program } from '../program.js'
import { type Summary, shuffled, summarise } from '../statistics.js'
import type { ImportSubject } from './import-subject.js'
import type { Told } from './import-worker.js'

/** ms that the import of each takes in a fresh process, by its name, beyond what the import of nothing takes. Every
 * round asks each once, in random order. */
export async function startUpTimes(
  subjects: readonly ImportSubject[],
  rounds: number,
  progress: (text: string) => void,
  timeOf: (module: string) => Promise<number> = importTime,
): Promise<ReadonlyMap<string, Summary>> {
  const nothing = program('imports/nothing').path
  const modules = new Map([['', nothing], ...subjects.map(({ name, module }) => [name, module] as const)])
  const taken = new Map<string, number[]>([...modules.keys()].map((name) => [name, []]))
  progress('round')
  for (let round = 1; round <= rounds; round++) {
    progress(` ${round}`)
    for (const [name, module] of shuffled([...modules])) taken.get(name)?.push(await timeOf(module))
  }
  progress('\n')
  const least = summarise(taken.get('') as number[]).median
  return new Map(
    subjects.map(({ name }) => {
      const { median, spread } = summarise(taken.get(name) as number[])
      return [name, { median: median - least, spread }]
    }),
  )
}

export async function importTime(module: string): Promise<number> {
  const { path, execArgv, cwd } = program('imports/import-worker')
  const url = isAbsolute(module) ? pathToFileURL(module).href : module
  const child = fork(path, [url], { cwd, execArgv })
  pinMeasured(child.pid)
  const failed = once(child, 'exit').then(() => Promise.reject(new Error(`the import of ${module} ended its process`)))
  failed.catch(() => {})
  const [told] = (await Promise.race([once(child, 'message'), failed])) as [Told]
  if (child.connected) child.disconnect()
  if ('error' in told) throw new Error(`${module} cannot be imported: ${told.error}`)
  return told.taken
}
