import { spawnSync } from 'node:child_process'
import { availableParallelism } from 'node:os'

/** Where the bench itself runs, and with it every server that it starts. */
const serverCore = 0
/** Where whatever is measured runs. */
const measuredCore = 1

let isPinned = false

/** From now on each side has a core of its own. Throws where that cannot be. */
export function pin(): void {
  if (availableParallelism() < 2) throw new Error('--pin needs two cores')
  bind(process.pid, serverCore)
  isPinned = true
}

/** Puts a process that measures onto its core, where pinning was asked for. */
export function pinMeasured(pid: number | undefined): void {
  if (isPinned && pid !== undefined) bind(pid, measuredCore)
}

/** For the report. */
export function pinning(): string {
  return isPinned ? `yes: servers on core ${serverCore}, what is measured on core ${measuredCore}` : 'no'
}

function bind(pid: number, core: number): void {
  const { error, status, stderr } = spawnSync('taskset', ['-a', '-c', '-p', String(core), String(pid)])
  if (error) throw new Error('--pin needs the program taskset (of util-linux)', { cause: error })
  if (status !== 0) throw new Error(`taskset could not pin process ${pid} to core ${core}: ${String(stderr).trim()}`)
}
