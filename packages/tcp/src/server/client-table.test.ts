import fc from 'fast-check'
import { expect, it } from 'vitest'
import { type ClientPlace, ClientTable } from './client-table.js'

it('counts the connections of each client, and forgets one without connections', () => {
  const table = new ClientTable()
  const places = ['a', 'a', 'b'].map((client) => table.enter(client))
  expect([table.count('a'), table.count('b'), table.count('c'), table.size]).toEqual([2, 1, 0, 2])
  for (const place of places) table.leave(place)
  expect([table.count('a'), table.count('b'), table.size]).toEqual([0, 0, 0])
})

it('takes no more memory for a million clients at once than for 65 536', () => {
  const table = new ClientTable()
  for (let i = 0; i < 1_000_000; i++) table.enter(`2001:db8:${i.toString(16)}::/64`)
  expect(table.size).toBe(65_536)
  expect(table.sharing).toBe(1_000_000 - 65_536)
})

it('never counts fewer connections of a client than it has while the table is full', () => {
  const client = fc.nat(40).map(String)
  fc.assert(
    fc.property(fc.array(client, { maxLength: 200 }), fc.nat(), (clients, seed) => {
      const table = new ClientTable(() => (seed % 1_000) / 1_000, 4)
      for (const name of ['w', 'x', 'y', 'z']) table.enter(name)
      const have = new Map<string, number>()
      for (const name of clients) {
        table.enter(name)
        have.set(name, (have.get(name) ?? 0) + 1)
      }
      return [...have].every(([name, count]) => table.count(name) >= count)
    }),
  )
})

it('is empty when all have left, in whatever order they came and went', () => {
  const step = fc.record({ client: fc.nat(20).map(String), leaves: fc.nat() })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const table = new ClientTable(Math.random, 5)
      const places: ClientPlace[] = []
      for (const { client, leaves } of steps) {
        places.push(table.enter(client))
        if (leaves % 2 === 0) table.leave(places.splice(leaves % places.length, 1)[0] as ClientPlace)
      }
      for (const place of places) table.leave(place)
      return table.size === 0 && table.sharing === 0 && steps.every(({ client }) => table.count(client) === 0)
    }),
  )
})
