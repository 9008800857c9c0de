import { setImmediate } from 'node:timers/promises'
import type { Contender } from './contender.js'

/** Resolves after at least so many operations, an operation being one connection taken and given back. */
export type Load = (operations: number) => Promise<number>

/**
 * So many borrowers at once, each taking and giving back as fast as it can. Between the turns the event loop runs, as
 * in any real process: else no timer would ever be looked at, and a clock read once a turn would be read once at all.
 */
export function borrowing(contender: Contender, borrowers: number): Load {
  if (contender.borrow === undefined) return atOnce(borrowers, (times) => borrow(contender, times))
  return atOnce(borrowers, async (times) => contender.borrow?.(times, borrowers === 1))
}

async function borrow(contender: Contender, times: number): Promise<void> {
  for (let time = 0; time < times; time++) contender.release(await contender.acquire())
}

/** Likewise, by the call that takes a connection and gives it back. */
export function using(contender: Contender, borrowers: number): Load {
  return atOnce(borrowers, (times) => use(contender, times))
}

async function use(contender: Contender, times: number): Promise<void> {
  if (contender.use === undefined) throw new Error('a pool without `use` cannot be measured by it')
  for (let time = 0; time < times; time++) await contender.use()
}

function atOnce(borrowers: number, borrow: (times: number) => Promise<void>): Load {
  const each = Math.max(100, Math.ceil(1000 / borrowers))
  return async (operations) => {
    let done = 0
    while (done < operations) {
      const running: Promise<void>[] = []
      for (let borrower = 0; borrower < borrowers; borrower++) running.push(borrow(each))
      for (const one of running) await one
      done += borrowers * each
      await setImmediate()
    }
    return done
  }
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
