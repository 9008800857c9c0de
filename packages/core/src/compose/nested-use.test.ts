import { expect, it } from 'vitest'
import { leaseAll, testMembers } from '../../test/group-fixture.js'
import { follow, type Outcome } from '../../test/test-pool.js'
import type { Pool } from '../pool/pool.js'
import { balance } from './balance.js'

it('what a listener acquires while a connection is passed on to the eldest is not nested in the use that got it', async () => {
  const { pools, members, clock } = testMembers(2, { size: { max: 1 }, acquire: { nested: 'error' } })
  const [a, b] = pools as [Pool<unknown>, Pool<unknown>]
  await leaseAll(pools[0] as (typeof pools)[0], 1)
  if (members[1] !== undefined) members[1].delay = 10
  const group = balance(pools, { clock, pick: 'round-robin' })
  const hold = () => new Promise<void>((resolve) => clock.setTimeout(resolve, 5))
  const uses = [follow(group.use(hold)), follow(group.use(hold))]
  let asked: Outcome<unknown> | undefined
  // The eldest waited at a, and is served by what b has opened for the other.
  a.once('acquireError', () => {
    asked = follow(b.acquire())
  })
  await clock.advance(100)
  expect([uses[0]?.state, asked?.state, asked?.error]).toEqual(['fulfilled', 'fulfilled', undefined])
})
