import { setImmediate } from 'node:timers/promises'
import type { Contender } from './contender.js'

/** Resolves after at least so many operations, an operation being one connection taken and given back. */
export type Load = (operations: number) => Promise<number>

/**
 * So many borrowers at once, each taking and giving back as fast as it can. Between the turns the event loop runs, as
 * in any real process: else no timer would ever be looked at, and a clock read once a turn would be read once at all.
 */
export function borrowing(contender: Contender, borrowers: number): Load {
  const each = Math.max(100, Math.ceil(1000 / borrowers))
  return async (operations) => {
    let done = 0
    while (done < operations) {
      const running: Promise<void>[] = []
      for (let borrower = 0; borrower < borrowers; borrower++) running.push(borrow(contender, each))
      for (const one of running) await one
      done += borrowers * each
      await setImmediate()
    }
    return done
  }
}

async function borrow(contender: Contender, times: number): Promise<void> {
  for (let time = 0; time < times; time++) contender.release(await contender.acquire())
}

/** The synchronous way, one after the other. */
export function trying(contender: Contender): Load {
  return async (operations) => {
    let done = 0
    while (done < operations) {
      tryTimes(contender, 1000)
      done += 1000
      await setImmediate()
    }
    return done
  }
}

function tryTimes(contender: Contender, times: number): void {
  for (let time = 0; time < times; time++) {
    const lease = contender.tryAcquire?.()
    if (lease === undefined) throw new Error('tryAcquire found no connection, though an idle one is there')
    contender.release(lease)
  }
}
