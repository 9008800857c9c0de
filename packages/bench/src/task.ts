import type { Contender } from './contender.js'
import { borrowing, type Load, trying, using } from './load.js'
import { standingQueue } from './standing-queue.js'
import { type Durations, type Stopwatch, stopwatch } from './stopwatch.js'
import { createSubject, type Subject } from './subject.js'
import { type Exchange, exchangeOf } from './wire/exchange.js'
import { sustained } from './wire/sustained.js'

/** What one process does, told to it as JSON. */
export type Task = PoolTask | WireTask

/** A pool of nothing is borrowed from. */
export interface PoolTask {
  /** Its own among those measured together; errors say it. */
  readonly name: string
  readonly subject: Subject
  readonly work: Work
}

/** A server in another process is asked. */
export interface WireTask {
  readonly name: string
  readonly exchange: Exchange
  /** Callers who each ask again as soon as they have an answer. */
  readonly callers: number
}

/** By which call connections are taken, and by how many borrowers at once. */
export type Work =
  | { readonly by: 'acquire'; readonly borrowers: number }
  | { readonly by: 'use'; readonly borrowers: number }
  | { readonly by: 'tryAcquire' }
  /** By `acquire`, and so many wait all the time. */
  | { readonly by: 'queue'; readonly waiters: number }

export async function stopwatchOf(task: Task, durations: Durations): Promise<Stopwatch> {
  if ('exchange' in task) return sustained(await exchangeOf(task.exchange), task.callers, durations)
  return stopwatch(loadOf(task.work, await createSubject(task.subject)), durations)
}

function loadOf(work: Work, contender: Contender): Load {
  switch (work.by) {
    case 'acquire':
      return borrowing(contender, work.borrowers)
    case 'use':
      return using(contender, work.borrowers)
    case 'tryAcquire':
      return trying(contender)
    case 'queue':
      return standingQueue(contender, work.waiters)
  }
}
