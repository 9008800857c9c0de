import type { Bench } from '../bench.js'
import { broken } from '../broken.js'
import type { Clause } from '../clause.js'
import { delivered, eventually } from '../eventually.js'
import { emittersOf, listenersOf } from '../listeners.js'
import { NotCovered } from '../not-covered.js'
import { show } from '../observe.js'
import { SHORTLY } from '../patience.js'

const leavesNoListener = 'watch, setRef, check and reset leave no listener behind on the resource (invariant 7)'

export const watching: readonly Clause[] = [
  {
    title: 'watch reports a loss exactly once, whatever else happens to the connection (invariants 8 and 12)',
    needs: ['adapter.watch', 'server.kill'],
    async prove(bench) {
      const resource = await bench.open()
      const watch = watchOver(bench, resource)
      await delivered()
      if (watch.losses > 0) throw broken('watch reports nothing on a live connection', 'it called lost()')
      await bench.server.kill(resource)
      if (!(await eventually(() => watch.losses > 0, SHORTLY))) {
        throw broken('watch reports the loss of a connection that the server has ended', `no call within ${SHORTLY} ms`)
      }
      await bench.server.kill(resource)
      await bench.end(resource)
      if (bench.server.can('stop')) await bench.server.stop()
      await delivered()
      if (watch.losses === 1) return
      throw broken('watch reports a loss exactly once', `it called lost() ${watch.losses} times`)
    },
  },
  {
    title: 'watch reports nothing once it was stopped, which may be done twice (invariant 12)',
    needs: ['adapter.watch', 'server.kill'],
    async prove(bench) {
      const resource = await bench.open()
      const watch = watchOver(bench, resource)
      watch.stop()
      watch.stop()
      await bench.kill(resource)
      await bench.end(resource)
      await delivered()
      if (watch.losses > 0) throw broken('watch reports nothing once it was stopped', 'it called lost()')
    },
  },
  {
    title: leavesNoListener,
    needs: [['adapter.watch', 'adapter.setRef', 'adapter.check', 'adapter.reset']],
    async prove(bench) {
      const { adapter } = bench
      const resource = await bench.open()
      if (emittersOf(resource).length === 0) {
        throw new NotCovered(leavesNoListener, 'a resource that is an EventEmitter, or has one as a property')
      }
      const before = listenersOf(resource)
      for (let round = 1; round <= 3; round++) {
        const watch = adapter.watch === undefined ? undefined : watchOver(bench, resource)
        adapter.setRef?.(resource, false)
        adapter.setRef?.(resource, true)
        await bench.check(resource)
        await bench.reset(resource)
        watch?.stop()
      }
      const more = listenersOf(resource).filter((line) => !before.includes(line))
      if (more.length === 0) return
      throw broken(
        'the resource has the same listeners after three rounds as before',
        `before: ${before.join(', ') || 'none'}; changed to: ${more.join(', ')}`,
      )
    },
  },
]

/** Watches as a pool does, and counts. */
export function watchOver<R>(bench: Bench<R>, resource: R): { readonly losses: number; stop(): void } {
  let losses = 0
  const stop = bench.adapter.watch?.(resource, {
    lost: () => {
      losses++
    },
    retire: () => {},
    capacityChanged: () => {},
  })
  if (typeof stop !== 'function') throw broken('watch gives a function that stops it', `it gave ${show(stop)}`)
  return {
    get losses() {
      return losses
    },
    stop() {
      try {
        stop()
      } catch (error) {
        throw broken('what watch gave stops it, without harm when called twice', `it threw ${show(error)}`, error)
      }
    },
  }
}
