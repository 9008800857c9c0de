import { fork } from 'node:child_process'
import { once } from 'node:events'
import { pinMeasured } from '../pinning.js'
import { program } from '../program.js'
import type { DatabaseClientName } from './clients/index.js'

/** What one pool is put through in a process of its own. */
export interface Trial {
  readonly kind: 'overload' | 'recovery' | 'spike'
  readonly client: DatabaseClientName
  readonly url: string
  /** Default full. */
  readonly pace?: Pace
}

export type Pace = 'full' | 'quick'

/** Figures by their names. */
export type Outcome = Readonly<Record<string, number>>

/** `interrupt` restarts the server, when the trial asks for it. */
export async function outcomeOf(trial: Trial, interrupt: () => Promise<void> = async () => {}): Promise<Outcome> {
  const { path, ...options } = program('database/trial-worker')
  const child = fork(path, [JSON.stringify(trial)], options)
  pinMeasured(child.pid)
  const failed = once(child, 'exit').then(() => Promise.reject(new Error(`${trial.client} ended early`)))
  failed.catch(() => {})
  child.on('message', async (message) => {
    if (message !== 'interrupt') return
    await interrupt()
    child.send('back')
  })
  const told = new Promise<Outcome>((resolve) => {
    child.on('message', (message) => {
      if (message !== 'interrupt') resolve(message as Outcome)
    })
  })
  try {
    return await Promise.race([told, failed])
  } finally {
    if (child.connected) child.disconnect()
  }
}
