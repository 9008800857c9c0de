/** A believable slip, as a patch of one place in the real code. */
export interface Bug {
  /** What goes wrong. */
  readonly name: string
  /** The invariants of DESIGN §3 that it breaks: it may be caught by any of them. */
  readonly invariants: readonly number[]
  /** Below packages/core/src. */
  readonly file: string
  /** Text that occurs there exactly once, short enough to outlive what happens around it. */
  readonly find: string
  readonly replace: string
}

export const bugs: readonly Bug[] = [
  {
    name: 'a late open is leaked',
    invariants: [6],
    file: 'adapter/open-connection.ts',
    find: "endNow(core, connection, 'late-open')",
    replace: '',
  },
  {
    name: 'a wake-up is lost when the pool resumes',
    invariants: [4, 9],
    file: 'pool/pause.ts',
    find: "judgeHeads(core, 'wake')\n  serve(core)\n}",
    replace: "judgeHeads(core, 'wake')\n}",
  },
  {
    name: 'a wake-up is lost when it comes from within another',
    invariants: [4, 9],
    file: 'acquire/serve.ts',
    find: 'core.serveAgain = true',
    replace: '',
  },
  {
    name: 'a wake-up is lost when the backoff is over',
    invariants: [4, 9],
    file: 'acquire/grow.ts',
    find: 'core.wheel.arm(core.alarms.retry, core.retryAt)',
    replace: '',
  },
  {
    name: 'a connection is leased while it is being checked or reset',
    invariants: [1],
    file: 'adapter/check-and-reset.ts',
    find: 'then(pass, fail))\n  else pass()',
    replace: 'then(pass, fail))\n  pass()',
  },
  {
    name: 'a connection is picked while it is checked in the background',
    invariants: [1, 11],
    file: 'connection/idle-list.ts',
    find: 'return connection.state === READY && connection.capacity > 0',
    replace: 'return connection.inIdleList',
  },
  {
    name: 'max is overshot while connections close',
    invariants: [2, 3],
    file: 'acquire/grow.ts',
    find: 'core.size < core.max && core.unsettledOpens',
    replace: 'core.live < core.max && core.unsettledOpens',
  },
  {
    name: 'an open begins though a listener has just paused or shrunk the pool',
    invariants: [2, 3],
    file: 'connection/drive.ts',
    find: '(!core.granting || core.size > core.max)',
    replace: 'core.close !== undefined',
  },
  {
    name: 'a stale release ends the next lease',
    invariants: [1, 3, 10],
    file: 'release/release.ts',
    find: 'if (lease.ended) {\n    if (!silent)',
    replace: 'if (lease.entry.leases === 0) {\n    if (!silent)',
  },
  {
    name: 'an abort at hand-over loses the connection',
    invariants: [3],
    file: 'acquire/offer.ts',
    find: 'if (!waiter.queued) continue',
    replace: '',
  },
  {
    name: "a waiter's timer goes on after it was served",
    invariants: [3, 4],
    file: 'acquire/dequeue.ts',
    find: 'core.wheel.disarm(waiter.wish)',
    replace: '',
  },
  {
    name: 'an acquire forgets the deadline of its own',
    invariants: [3],
    file: 'acquire/acquire.ts',
    find: 'core.wheel.arm(wish, now + wish.timeout)',
    replace: 'core.wheel.arm(wish, now + core.patience)',
  },
  {
    name: 'the common deadline is forgotten for those who came later',
    invariants: [3],
    file: 'acquire/fail-waiters.ts',
    find: 'core.wheel.arm(core.alarms.patience, deadline)',
    replace: '',
  },
  {
    name: "an abort listener stays on a served waiter's signal",
    invariants: [7],
    file: 'acquire/dequeue.ts',
    find: "waiter.wish.signal?.removeEventListener('abort', waiter.wish)",
    replace: '',
  },
  {
    name: 'idle.max is exceeded by one',
    invariants: [9],
    file: 'pool/pool-core.ts',
    find: 'this.idleMax = options.idle.max',
    replace: 'this.idleMax = options.idle.max + 1',
  },
  {
    name: 'idle.timeout is forgotten after the first eviction',
    invariants: [9],
    file: 'retention/idle-timeout.ts',
    find: "'idle')\n  }\n  armIdleTimeout(core)",
    replace: "'idle')\n  }",
  },
  {
    name: 'min is not restored while nobody waits',
    invariants: [9],
    file: 'acquire/serve.ts',
    find: '!core.keepsSpare &&',
    replace: '',
  },
  {
    name: 'the backoff is ignored with hot reopening',
    invariants: [9],
    file: 'adapter/count-failure.ts',
    find: 'core.retryAt = now +',
    replace: 'core.retryAt = now -',
  },
  {
    name: 'a connection lost before its first lease is reopened hot',
    invariants: [9],
    file: 'adapter/watch-connection.ts',
    find: 'if (connection.uses === 0) countFailure(core, connection)',
    replace: '',
  },
  {
    name: 'close resolves while connections still close',
    invariants: [7],
    file: 'acquire/serve.ts',
    find: 'if (core.size > 0 || core.queue.size > 0) return',
    replace: 'if (core.live > 0 || core.queue.size > 0) return',
  },
  {
    name: 'close leaves its timers behind',
    invariants: [7],
    file: 'pool/close.ts',
    find: 'core.disarmAll()',
    replace: '',
  },
  {
    name: 'close has no deadline',
    invariants: [7],
    file: 'pool/close.ts',
    find: 'core.wheel.arm(closing.deadline, at)',
    replace: '',
  },
  {
    name: 'a connection lost while idle is lent again',
    invariants: [8],
    file: 'adapter/watch-connection.ts',
    find: 'lost: (error) => lose(core, connection, error)',
    replace: 'lost: (error) => isConnected(connection.state) && lose(core, connection, error)',
  },
  {
    name: 'a connection that was opening at a flush is lent',
    invariants: [8],
    file: 'pool/flush.ts',
    find: '[...core.connections]',
    replace: '[...core.connections].filter(({ state }) => state !== State.connecting)',
  },
  {
    name: 'a flushed connection is lent to a listener of the flush',
    invariants: [8],
    file: 'acquire/take.ts',
    find: 'if (connection.closeReason !== undefined) {',
    replace: "if (connection.closeReason === 'lost') {",
  },
  {
    name: 'what failed its check or reset is kept',
    invariants: [8],
    file: 'adapter/check-and-reset.ts',
    find: 'then(pass, fail)',
    replace: 'then(pass, pass)',
  },
  {
    name: 'a check or reset counts that was given up',
    invariants: [1, 8, 11],
    file: 'adapter/check-and-reset.ts',
    find: 'const pass = () => {\n    if (connection.call !== call) return',
    replace: 'const pass = () => {',
  },
  {
    name: 'a detached resource is destroyed',
    invariants: [6],
    file: 'release/release.ts',
    find: 'send(core, connection, Event.detach)',
    replace: 'send(core, connection, Event.destroy)',
  },
  {
    name: 'a close is called twice where there is no destroy',
    invariants: [6],
    file: 'adapter/close-connection.ts',
    find: 'if (adapter.destroy === undefined && connection.closeCalled) return',
    replace: '',
  },
  {
    name: 'the newest waiter is served first',
    invariants: [5],
    file: 'acquire/waiter-queue.ts',
    find: 'this.#lifo ? this.#normal.last : this.#normal.first',
    replace: 'this.#lifo ? this.#normal.first : this.#normal.last',
  },
  {
    name: 'tryAcquire overtakes those who wait',
    invariants: [5],
    file: 'acquire/acquire.ts',
    find: 'if (!mayTake(core, client)) return undefined',
    replace: "if (core.state !== 'running') return undefined",
  },
  {
    name: 'the leases of a lost connection stay counted',
    invariants: [10],
    file: 'adapter/sever.ts',
    find: 'core.leases -= connection.leases',
    replace: '',
  },
  {
    name: 'a closed connection stays counted',
    invariants: [10],
    file: 'adapter/close-connection.ts',
    find: 'core.connections.delete(connection)',
    replace: '',
  },
  {
    name: 'the watch of a connection is never stopped',
    invariants: [7],
    file: 'adapter/watch-connection.ts',
    find: 'connection.unwatch = undefined\n  stopWatching(core, stop)',
    replace: 'connection.unwatch = undefined',
  },
  {
    name: 'the watch of a connection that it loses at once is never stopped',
    invariants: [7],
    file: 'adapter/watch-connection.ts',
    find: 'else stopWatching(core, unwatch)',
    replace: '',
  },
  {
    name: 'a lease that comes back to a paused pool goes to a waiter',
    invariants: [4],
    file: 'acquire/offer.ts',
    find: 'if (!core.granting) return',
    replace: '',
  },
  {
    name: 'the timer of a state goes on after the state was left',
    invariants: [11],
    file: 'connection/drive.ts',
    find: 'core.wheel.disarm(connection)',
    replace: '',
  },
  {
    name: 'with random reuse an idle connection loses its place',
    invariants: [1, 4, 8, 9, 10],
    file: 'connection/idle-list.ts',
    find: 'if (moved === connection) return',
    replace: 'if (moved !== undefined) return',
  },
  {
    name: 'one more may wait than acquire.maxWaiting',
    invariants: [3],
    file: 'acquire/acquire.ts',
    find: 'queue.size >= core.maxWaiting',
    replace: 'queue.size > core.maxWaiting',
  },
]

/** The text with the bug in it. Throws where the code has moved on. */
export function withBug({ name, file, find, replace }: Bug, code: string): string {
  const times = code.split(find).length - 1
  if (times !== 1) throw new Error(`The bug "${name}" cannot be planted: its text occurs ${times} times in ${file}`)
  return code.replace(find, () => replace)
}
