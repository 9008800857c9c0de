import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import type net from 'node:net'

/** A process and its children. */
export function familyOf(pid: number): number[] {
  const table = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' })
  const rows = table.split('\n').map((line) => line.trim().split(/\s+/).map(Number))
  return [pid, ...rows.flatMap(([child, parent]) => (parent === pid && child ? [child] : []))]
}

/** False: there is no such process any more. */
export function signal(pid: number, which: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, which)
  } catch {
    return false
  }
}

/** kill -9 of a process and its children; resolves when they are gone. */
export async function killFamily(child: ChildProcess): Promise<void> {
  const family = familyOf(child.pid as number)
  const gone =
    child.exitCode === null && child.signalCode === null
      ? new Promise((resolve) => child.once('exit', resolve))
      : undefined
  for (const pid of family) signal(pid, 'SIGKILL')
  await gone
  while (family.some(isRunning)) await new Promise((resolve) => setTimeout(resolve, 10))
}

/** One that has ended is there until it is waited for, which is not for us to do: children go to the init process. */
function isRunning(pid: number): boolean {
  if (!signal(pid, 0)) return false
  try {
    return !/^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return existsSync('/proc/self') ? false : signal(pid, 0)
  }
}

/** Ends a server when this process dies without having done so: `read` returns when our end of the pipe closes. */
export function watchdog(pid: number, which: 'QUIT' | 'TERM' | 'KILL' = 'TERM'): ChildProcess {
  const child = spawn('sh', ['-c', `read line; kill -${which} ${pid}`], { stdio: ['pipe', 'ignore', 'ignore'] })
  child.unref()
  ;(child.stdin as unknown as net.Socket).unref()
  return child
}
