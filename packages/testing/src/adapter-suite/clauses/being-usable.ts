import { broken } from '../broken.js'
import type { Clause } from '../clause.js'
import { eventually } from '../eventually.js'
import { show } from '../observe.js'
import { SHORTLY } from '../patience.js'

export const beingUsable: readonly Clause[] = [
  {
    title: 'isUsable turns false once the server has ended the connection, and stays so (invariant 8)',
    needs: ['adapter.isUsable', 'server.kill'],
    async prove(bench) {
      const [killed, other] = [await bench.open(), await bench.open()]
      await bench.server.kill(killed)
      if (!(await eventually(() => bench.isUsable(killed) === false, SHORTLY))) {
        const answer = show(bench.isUsable(killed))
        throw broken('isUsable is false once the server has ended it', `after ${SHORTLY} ms it still gives ${answer}`)
      }
      const again = bench.isUsable(killed)
      if (again !== false) throw broken('isUsable stays false', `it gave ${show(again)} when asked again`)
      await bench.expectGood(other, 'after another was ended by the server')
    },
  },
]
