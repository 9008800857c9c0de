import type { Bench } from '../bench.js'
import { broken } from '../broken.js'
import type { Clause } from '../clause.js'
import { show } from '../observe.js'

export const destroying: readonly Clause[] = [
  {
    title: 'destroy ends the connection on the server (invariant 6)',
    needs: ['adapter.destroy', ['server.openCount', 'server.isOpen']],
    async prove(bench) {
      const resource = await bench.open()
      bench.destroy(resource)
      await bench.expectGone(resource, 'after destroy')
      await bench.expectOpenCount(0, 'after destroy')
    },
  },
  {
    title: 'destroy waits for nobody: what was destroyed is unusable at once, however silent the server (invariant 8)',
    needs: ['adapter.destroy', 'adapter.isUsable'],
    async prove(bench) {
      const resource = await bench.open()
      if (bench.server.can('blackhole')) await bench.server.blackhole(true)
      bench.destroy(resource)
      const isUsable = bench.isUsable(resource)
      if (isUsable !== false) throw broken('isUsable is false as soon as destroy returns', `it gave ${show(isUsable)}`)
      await bench.server.heal()
      await bench.expectGone(resource, 'after destroy')
    },
  },
  {
    title: 'destroy may be called twice, and after close (invariant 12)',
    needs: ['adapter.destroy'],
    async prove(bench) {
      const resource = await bench.open()
      expectDestroys(bench, resource, 'on a live connection')
      expectDestroys(bench, resource, 'a second time')
      const closed = await bench.open()
      await bench.close(closed)
      expectDestroys(bench, closed, 'after close')
      await bench.expectOpenCount(0, 'after destroy')
    },
  },
  {
    title: 'destroy is safe on a connection that the server has ended (invariant 12)',
    needs: ['adapter.destroy', 'server.kill'],
    async prove(bench) {
      const resource = await bench.open()
      await bench.kill(resource)
      expectDestroys(bench, resource, 'on a dead connection')
      await bench.expectOpenCount(0, 'after destroy')
    },
  },
]

function expectDestroys<R>(bench: Bench<R>, resource: R, when: string): void {
  try {
    bench.destroy(resource)
  } catch (error) {
    throw broken(`destroy does not throw ${when}`, `it threw ${show(error)}`, error)
  }
}
