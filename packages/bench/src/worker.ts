// The process of one pool: it warms up, says so, and then measures a round whenever it is told to.

import { createContender, isContender } from './contenders/index.js'
import { borrowing, trying } from './load.js'
import { stopwatch } from './stopwatch.js'

/** What the worker tells its parent. */
export type Message = { ready: true } | { nanoseconds: number } | { error: string }

const [name = '', call, borrowers, warmUp, round] = process.argv.slice(2)
const tell = (message: Message) => process.send?.(message)
const fail = (error: unknown) =>
  tell({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) })

// The parent hangs up when it has what it wanted; a pool's own timers would hold the process longer.
process.once('disconnect', () => process.exit())

try {
  if (!isContender(name)) throw new Error(`no contender is called ${name}`)
  const contender = await createContender(name)
  const load = call === 'tryAcquire' ? trying(contender) : borrowing(contender, Number(borrowers))
  const watch = stopwatch(load, { warmUp: Number(warmUp), round: Number(round) })
  await watch.warmUp()
  process.on('message', () => {
    watch.round().then((nanoseconds) => tell({ nanoseconds }), fail)
  })
  tell({ ready: true })
} catch (error) {
  fail(error)
}
