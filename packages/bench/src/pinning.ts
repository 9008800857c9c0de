import { spawnSync } from 'node:child_process'
import { availableParallelism } from 'node:os'

/** That this process had when it began. */
export const cores = availableParallelism()

/** Where whatever is measured runs. */
const measuredCore = '1'

let isPinned = false

/** From now on what is measured has a core of its own, and the bench with every server that it starts the others. Throws
 * where that cannot be. */
export function pin(): void {
  if (cores < 2) throw new Error('--pin needs two cores')
  bind(process.pid, otherCores())
  isPinned = true
}

/** Pins for as long as `measure` takes, where that can be: servers that are started in it have cores of their own. */
export async function pinnedWherePossible<T>(measure: () => Promise<T>): Promise<T> {
  const before = isPinned || cores < 2 ? undefined : coresOf(process.pid)
  if (before === undefined) return measure()
  pin()
  try {
    return await measure()
  } finally {
    isPinned = false
    bind(process.pid, before)
  }
}

/** Puts a process that measures onto its core, where pinning was asked for. */
export function pinMeasured(pid: number | undefined): void {
  if (isPinned && pid !== undefined) bind(pid, measuredCore)
}

/** For the report. */
export function pinning(): string {
  return isPinned ? `yes: what is measured on core ${measuredCore}, servers on ${otherCores()}` : 'no'
}

/** For the note below a table, after the number of processors. */
export function pinNote(): string {
  return isPinned ? ', one of them for what is measured alone' : ''
}

function otherCores(): string {
  const last = cores - 1
  return last > 1 ? `0,2-${last}` : '0'
}

/** Undefined where nothing can tell. */
function coresOf(pid: number): string | undefined {
  const { status, stdout } = spawnSync('taskset', ['-c', '-p', String(pid)], { encoding: 'utf8' })
  return status === 0 ? stdout.split(': ').at(-1)?.trim() : undefined
}

function bind(pid: number, cores: string): void {
  const { error, status, stderr } = spawnSync('taskset', ['-a', '-c', '-p', cores, String(pid)])
  if (error) throw new Error('--pin needs the program taskset (of util-linux)', { cause: error })
  if (status !== 0) throw new Error(`taskset could not pin process ${pid} to ${cores}: ${String(stderr).trim()}`)
}
