import { spawnSync } from 'node:child_process'
import { availableParallelism } from 'node:os'

/** How many this process had when it began. */
export const cores = availableParallelism()

interface Pinned {
  /** The core of whatever is measured. */
  readonly measured: string
  /** Those of the bench itself, and with it of every server that it starts. */
  readonly others: string
}

let pinned: Pinned | undefined

/** From now on what is measured has a core of its own, and the bench with every server that it starts the others. Throws
 * where that cannot be. */
export function pin(): void {
  const [other, measured, ...more] = listed(coresOf(process.pid) ?? '')
  if (other === undefined || measured === undefined) {
    throw new Error('--pin needs two cores, and the program taskset (of util-linux)')
  }
  const others = [other, ...more].join()
  bind(process.pid, others)
  pinned = { measured, others }
}

/** Pins for as long as `measure` takes, where that can be: servers that are started in it have cores of their own. */
export async function pinnedWherePossible<T>(measure: () => Promise<T>): Promise<T> {
  const before = pinned === undefined ? coresOf(process.pid) : undefined
  if (before === undefined || listed(before).length < 2) return measure()
  pin()
  try {
    return await measure()
  } finally {
    pinned = undefined
    bind(process.pid, before)
  }
}

/** Puts a process that measures onto its core, where pinning was asked for. */
export function pinMeasured(pid: number | undefined): void {
  if (pinned !== undefined && pid !== undefined) bind(pid, pinned.measured)
}

/** For the report. */
export function pinning(): string {
  return pinned === undefined ? 'no' : `yes: what is measured on core ${pinned.measured}, servers on ${pinned.others}`
}

/** For the note below a table, after the number of processors. */
export function pinNote(): string {
  return pinned === undefined ? '' : ', one of them for what is measured alone'
}

/** Every core of a list such as `0,2-4`. */
export function listed(list: string): string[] {
  return list
    .split(',')
    .filter((range) => range !== '')
    .flatMap((range) => {
      const [first, last = first] = range.split('-').map(Number) as [number, number?]
      return Array.from({ length: last - first + 1 }, (_, at) => String(first + at))
    })
}

/** Undefined where nothing can tell. */
function coresOf(pid: number): string | undefined {
  const { status, stdout } = spawnSync('taskset', ['-c', '-p', String(pid)], { encoding: 'utf8' })
  return status === 0 ? stdout.split(': ').at(-1)?.trim() : undefined
}

function bind(pid: number, to: string): void {
  const { error, status, stderr } = spawnSync('taskset', ['-a', '-c', '-p', to, String(pid)])
  if (error !== undefined || status !== 0) {
    throw new Error(`taskset could not pin process ${pid} to ${to}: ${error?.message ?? String(stderr).trim()}`)
  }
}
