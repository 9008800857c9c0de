import { fork } from 'node:child_process'
import { once } from 'node:events'
import { pinMeasured } from '../pinning.js'
import { program } from '../program.js'
import type { Figures, Probe } from './probe.js'
import type { Told } from './probe-worker.js'

/** With a young generation so large that what is counted is not collected meanwhile, where allocations are counted. */
const flags: Readonly<Record<Probe['kind'], readonly string[]>> = {
  allocations: ['--expose-gc', '--min-semi-space-size=128', '--max-semi-space-size=128'],
  gc: ['--expose-gc'],
  expiries: ['--expose-gc'],
  memory: ['--expose-gc'],
}

/** What a fresh process finds out; nothing when it has not within `patience` ms, after which it is killed. */
export async function figuresOf(probe: Probe, patience = 60_000): Promise<Figures | undefined> {
  const { path, execArgv, cwd } = program('costs/probe-worker')
  const child = fork(path, [JSON.stringify(probe)], { cwd, execArgv: [...execArgv, ...flags[probe.kind]] })
  pinMeasured(child.pid)
  let isOverdue = false
  const killing = setTimeout(() => {
    isOverdue = true
    child.kill('SIGKILL')
  }, patience)
  const ended = once(child, 'exit').then(([code]) => {
    if (isOverdue) return undefined
    throw new Error(`the process of ${nameOf(probe)} ended early (exit code ${code})`)
  })
  // It ends after it has told, too.
  ended.catch(() => {})
  try {
    const told = once(child, 'message').then(([message]) => message as Told)
    const answer = await Promise.race([told, ended])
    if (answer === undefined) return undefined
    if ('error' in answer) throw new Error(`${nameOf(probe)} failed: ${answer.error}`)
    return answer.figures
  } finally {
    clearTimeout(killing)
    if (child.connected) child.disconnect()
  }
}

const nameOf = ({ contender, kind }: Probe): string => `${contender} (${kind})`
