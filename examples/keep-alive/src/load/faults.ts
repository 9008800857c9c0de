import { setTimeout as sleep } from 'node:timers/promises'
import type { ServerProcess } from '../server/server-process.js'

/** One time that the server was down; times are ms of `performance.now()`. */
export interface Outage {
  readonly killedAt: number
  /** When its successor listened. */
  readonly upAt: number
}

/** What goes wrong when, as shares of a run's duration: the same in both runs. */
const plan = [
  { at: 0.2, fault: reset },
  { at: 0.35, fault: killAndRestart },
  { at: 0.6, fault: reset },
  { at: 0.7, fault: killAndRestart },
] as const

const socketsToReset = 3
const downFor = 250
/** ms at least from one fault to the next, and to the end: each is to have its own effect. */
const calm = 500

export interface Faults {
  readonly outages: readonly Outage[]
  readonly resets: number
}

/** Lasts as long as a run; longer where the server takes its time to come back. Rejects when the signal aborts. */
export async function causeFaults(
  server: ServerProcess,
  duration: number,
  say: (what: string) => void,
  signal: AbortSignal,
): Promise<Faults> {
  const begin = performance.now()
  const until = (at: number) => sleep(Math.max(0, begin + at - performance.now()), undefined, { signal })
  const outages: Outage[] = []
  let resets = 0
  for (const { at, fault } of plan) {
    await Promise.all([until(at * duration), sleep(calm, undefined, { signal })])
    const outcome = await fault(server, say, signal)
    if (typeof outcome === 'number') resets += outcome
    else outages.push(outcome)
  }
  await Promise.all([until(duration), sleep(calm, undefined, { signal })])
  return { outages, resets }
}

async function reset(server: ServerProcess, say: (what: string) => void): Promise<number> {
  say(`the server resets ${socketsToReset} of its connections`)
  return server.reset(socketsToReset)
}

async function killAndRestart(
  server: ServerProcess,
  say: (what: string) => void,
  signal: AbortSignal,
): Promise<Outage> {
  const killedAt = performance.now()
  say(`the server is killed: SIGKILL to process ${server.pid}`)
  await server.kill()
  await sleep(downFor, undefined, { signal })
  await server.start()
  const upAt = performance.now()
  say(`the server is back after ${Math.round(upAt - killedAt)} ms, as process ${server.pid}`)
  return { killedAt, upAt }
}
