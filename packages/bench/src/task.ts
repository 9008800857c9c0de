import type { Contender } from './contender.js'
import { borrowing, type Load, trying, using } from './load.js'
import { standingQueue } from './standing-queue.js'
import type { Subject } from './subject.js'

/** What one process does, told to it as JSON. */
export interface Task {
  /** Its own among those measured together; errors say it. */
  readonly name: string
  readonly subject: Subject
  readonly work: Work
}

/** By which call connections are taken, and by how many borrowers at once. */
export type Work =
  | { readonly by: 'acquire'; readonly borrowers: number }
  | { readonly by: 'use'; readonly borrowers: number }
  | { readonly by: 'tryAcquire' }
  /** By `acquire`, and so many wait all the time. */
  | { readonly by: 'queue'; readonly waiters: number }

export function loadOf(work: Work, contender: Contender): Load {
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
