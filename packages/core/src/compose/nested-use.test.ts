import { expect, it } from 'vitest'
import { testMembers } from '../../test/group-fixture.js'
import { follow } from '../../test/test-pool.js'
import { balance } from './balance.js'

it('an acquire that waits again, since another was served in its stead, is not taken for one inside that use', async () => {
  const { pools, clock } = testMembers(1, { size: { max: 1 }, acquire: { nested: 'error' } })
  const group = balance(pools, { clock })
  await group.warm(1)
  const hold = (ms: number) => () => new Promise<void>((resolve) => clock.setTimeout(resolve, ms))
  // Granted at once, and told of it in the next turn: by then the first in the lane is another.
  const uses = Array.from({ length: 4 }, () => follow(group.use(hold(5))))
  await clock.advance(100)
  expect(uses.map(({ state }) => state)).toEqual(Array(4).fill('fulfilled'))
})
