import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Connection } from '../connection/connection.js'
import { State } from '../connection/connection-table.js'
import { SpareList } from './spare-list.js'

const owner = { key: undefined, due: () => {} }
const UNLIMITED = Number.POSITIVE_INFINITY

/** Leased connections, and the list as the pool keeps it. */
class Shelf {
  readonly list: SpareList<string>
  readonly connections: Connection<string>[] = []

  constructor(maxUses = UNLIMITED) {
    this.list = new SpareList(maxUses)
  }

  add(leases: number, capacity: number): Connection<string> {
    const connection = new Connection<string>(owner, this.connections.length + 1, 0, 0, 0)
    connection.state = State['connected.leased']
    connection.capacity = capacity
    this.connections.push(connection)
    for (let i = 0; i < leases; i++) this.lend(connection)
    return connection
  }

  lend(connection: Connection<string>): void {
    connection.leases++
    connection.uses++
    this.list.update(connection)
  }

  giveBack(connection: Connection<string>): void {
    connection.leases--
    this.list.update(connection)
  }

  /** What there is to be picked, by looking at every connection. */
  loads(maxUses = UNLIMITED): number[] {
    return this.connections
      .filter(
        ({ state, closeReason, leases, capacity, uses }) =>
          state === State['connected.leased'] &&
          closeReason === undefined &&
          leases > 0 &&
          leases < capacity &&
          uses < maxUses,
      )
      .map(({ leases }) => leases)
  }
}

it('has nothing to pick before anything is lent', () => {
  const { list } = new Shelf()
  expect([list.pick('packed'), list.pick('spread')]).toEqual([undefined, undefined])
})

it("picks the one with the most leases for 'packed', and with the fewest for 'spread'", () => {
  const shelf = new Shelf()
  const [few, many, some] = [shelf.add(1, 9), shelf.add(7, 9), shelf.add(3, 9)]
  expect([shelf.list.pick('packed'), shelf.list.pick('spread')]).toEqual([many, few])
  shelf.lend(few)
  shelf.lend(few)
  shelf.lend(few)
  expect(shelf.list.pick('spread')).toBe(some)
})

it('leaves out what is full, and takes it back with its first release', () => {
  const shelf = new Shelf()
  const [full, other] = [shelf.add(3, 3), shelf.add(1, 3)]
  expect(shelf.list.pick('packed')).toBe(other)
  shelf.giveBack(full)
  expect(shelf.list.pick('packed')).toBe(full)
})

it('leaves out what has no lease: that is for the list of the idle', () => {
  const shelf = new Shelf()
  const connection = shelf.add(1, 3)
  shelf.giveBack(connection)
  expect(shelf.list.pick('packed')).toBeUndefined()
  shelf.lend(connection)
  expect(shelf.list.pick('packed')).toBe(connection)
})

it('picks among those with equally many leases the one that has had so many for longest', () => {
  const shelf = new Shelf()
  const [a, b] = [shelf.add(2, 4), shelf.add(1, 4)]
  shelf.lend(b)
  for (const placement of ['packed', 'spread'] as const) expect(shelf.list.pick(placement)).toBe(a)
  shelf.lend(a)
  shelf.giveBack(a)
  for (const placement of ['packed', 'spread'] as const) expect(shelf.list.pick(placement)).toBe(b)
})

it('changes nothing by picking', () => {
  const shelf = new Shelf()
  const [few] = [shelf.add(1, 4), shelf.add(2, 4)]
  for (let i = 0; i < 3; i++) expect(shelf.list.pick('spread')).toBe(few)
  expect(few?.leases).toBe(1)
})

describe('a change that the list is not told of', () => {
  it.each([
    ['it is about to end', (connection: Connection<string>) => Object.assign(connection, { closeReason: 'lost' })],
    ['it leaves', (connection: Connection<string>) => Object.assign(connection, { state: State['connected.leaving'] })],
    ['its capacity has fallen', (connection: Connection<string>) => Object.assign(connection, { capacity: 1 })],
  ])('is seen when the connection is picked: %s', (_, change) => {
    const shelf = new Shelf()
    const [gone, other] = [shelf.add(2, 5), shelf.add(1, 5)]
    change(gone)
    expect(shelf.list.pick('packed')).toBe(other)
    expect(shelf.list.hasRoom(gone)).toBe(false)
    change(other)
    expect([shelf.list.pick('packed'), shelf.list.pick('spread')]).toEqual([undefined, undefined])
  })

  it('may be told of afterwards, once or twice', () => {
    const shelf = new Shelf()
    const [gone, other] = [shelf.add(2, 5), shelf.add(1, 5)]
    gone.closeReason = 'lost'
    shelf.list.pick('packed')
    gone.leases = 0
    shelf.list.update(gone)
    shelf.list.update(gone)
    expect(shelf.list.pick('packed')).toBe(other)
  })
})

it('counts what a capacity of no limit carries, and stops at lifetime.maxUses', () => {
  const shelf = new Shelf(4)
  const connection = shelf.add(3, UNLIMITED)
  expect(shelf.list.pick('packed')).toBe(connection)
  shelf.lend(connection)
  expect(shelf.list.pick('packed')).toBeUndefined()
  shelf.giveBack(connection)
  expect(shelf.list.pick('packed')).toBeUndefined()
})

it('takes back one whose capacity has grown without a lease more or less', () => {
  const shelf = new Shelf()
  const connection = shelf.add(2, 2)
  expect(shelf.list.pick('packed')).toBeUndefined()
  connection.capacity = 3
  shelf.list.update(connection)
  expect(shelf.list.pick('packed')).toBe(connection)
})

it('picks as a search through all connections would, whatever happened to them (invariant 1)', () => {
  const step = fc.record({
    do: fc.constantFrom('lend', 'lend', 'giveBack', 'capacity', 'end', 'sever', 'add', 'pick'),
    nth: fc.nat({ max: 9 }),
    amount: fc.nat({ max: 5 }),
  })
  const maxUses = fc.constantFrom(3, 8, UNLIMITED)
  const property = fc.property(maxUses, fc.array(step, { maxLength: 120, size: 'max' }), (maxUses, steps) => {
    const shelf = new Shelf(maxUses)
    for (const { do: what, nth, amount } of steps) {
      const connection = shelf.connections[nth % Math.max(1, shelf.connections.length)]
      if (what === 'add' || connection === undefined) shelf.add(0, amount)
      else if (what === 'lend') {
        if (shelf.list.hasRoom(connection)) shelf.lend(connection)
      } else if (what === 'giveBack') {
        if (connection.leases > 0) shelf.giveBack(connection)
      } else if (what === 'capacity') {
        connection.capacity = amount
        shelf.list.update(connection)
      } else if (what === 'end') connection.closeReason = 'retired'
      else if (what === 'sever') {
        connection.state = State.closed
        connection.leases = 0
        shelf.list.update(connection)
      }
      const loads = shelf.loads(maxUses)
      const most = loads.length === 0 ? undefined : Math.max(...loads)
      const fewest = loads.length === 0 ? undefined : Math.min(...loads)
      expect(shelf.list.pick('packed')?.leases).toBe(most)
      if (amount % 2 === 0) expect(shelf.list.pick('spread')?.leases).toBe(fewest)
    }
  })
  fc.assert(property, { numRuns: 200 })
})
