import { setImmediate } from 'node:timers/promises'
import { type Contender, connections } from './contender.js'
import type { Load } from './load.js'

/** Operations between two turns of the event loop. */
const turn = 1000

/**
 * All connections are borrowed and so many borrowers wait, all the time: whoever gives back queues up again at once, so
 * every operation is one acquire that goes through the whole queue and one release that serves it. Nobody leaves between
 * two calls of the load: the queue is never filled nor emptied while it is measured.
 */
export function standingQueue(contender: Contender, waiters: number): Load {
  const gate = new Gate()
  let done = 0
  let stopAt = 0
  let failure: unknown

  async function borrow(): Promise<void> {
    for (;;) {
      const lease = await contender.acquire()
      // Who has a connection stops here while the event loop turns; everybody else waits for those who do.
      if (done >= stopAt) await gate.opening
      done += 1
      contender.release(lease)
    }
  }

  async function gather(): Promise<void> {
    for (let borrower = 0; borrower < connections + waiters; borrower++) {
      borrow().catch((error: unknown) => {
        failure ??= error
      })
    }
    await setImmediate()
  }

  let gathered: Promise<void> | undefined
  return async (operations) => {
    gathered ??= gather()
    await gathered
    const began = done
    while (done - began < operations) {
      stopAt = done + turn
      gate.open()
      await setImmediate()
      if (failure !== undefined) throw failure
    }
    return done - began
  }
}

/** Lets through those who wait for it to open, and shuts behind them. */
class Gate {
  opening: Promise<void>
  #open = () => {}

  constructor() {
    this.opening = this.#shut()
  }

  open(): void {
    const open = this.#open
    this.opening = this.#shut()
    open()
  }

  #shut(): Promise<void> {
    return new Promise((resolve) => {
      this.#open = resolve
    })
  }
}
