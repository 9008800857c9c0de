import { parentPort } from 'node:worker_threads'
import { type Hunt, hunt, type Prey, type Tally } from './hunt.js'

/** What one of the workers says. */
export type Message =
  | { readonly kind: 'done'; readonly tally: Tally; readonly prey: Prey | undefined }
  | { readonly kind: 'failure'; readonly why: string }

// Pools of any options warn of leaks and the like, and fail all the time: who it was matters only in the end.
process.on('warning', () => {})
Error.stackTraceLimit = 0

parentPort?.on('message', async (given: Pick<Hunt, 'seed' | 'programs'>) => {
  const say = (message: Message) => parentPort?.postMessage(message)
  const onFailure = (why: string) => say({ kind: 'failure', why })
  const { tally, prey } = await hunt({ ...given, onFailure })
  say({ kind: 'done', tally, prey })
})
