import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { AcquireOptions } from '../../src/index.js'
import { modelSeed } from '../model-seed.js'
import { testKeyedPool } from './keyed-fixture.js'

// `MODEL_SEED=…` for the same programs again; a failure says its seed and the shortest program.
const runs = Number(process.env.MODEL_RUNS ?? 80)
const seed = modelSeed

/** How long any key may be passed over, in ms: a turn of everybody, the limit's patience, and the longest leases. */
const LONGEST = 4_000

/** Borrowers of one key who never stop asking. */
interface Load {
  readonly borrowers: number
  readonly ms: number
  /** Every other one asks like this. */
  readonly options: AcquireOptions
}

const load: fc.Arbitrary<Load> = fc.record({
  borrowers: fc.integer({ min: 1, max: 6 }),
  ms: fc.integer({ min: 5, max: 60 }),
  options: fc.constantFrom({}, {}, { priority: 1 }, { client: 'x' }, { fresh: true }),
})

const program = fc.record({
  total: fc.integer({ min: 1, max: 3 }),
  perKey: fc.integer({ min: 1, max: 3 }),
  loads: fc.array(load, { minLength: 2, maxLength: 4 }),
  /** Comes when all others are busy. */
  late: load,
  capacity: fc.constantFrom(undefined, undefined, 2, 5),
  order: fc.constantFrom('fifo' as const, 'lifo' as const),
  growth: fc.constantFrom('elastic' as const, 'eager' as const),
  perClient: fc.constantFrom({}, { perClient: { max: 1 } }),
  opensIn: fc.constantFrom(0, 20),
})

it('no key is passed over for long by others that never stop asking, whatever they ask for (invariant 5)', {
  timeout: 0,
}, async () => {
  const property = fc.asyncProperty(program, async (given) => {
    const { total, perKey, capacity, order, growth, perClient, opensIn } = given
    const { pool, clock, server } = testKeyedPool(
      { total, perKey, connect: { growth }, acquire: { order, ...perClient, timeout: 1_000_000 } },
      capacity === undefined ? {} : { capacity: () => capacity },
    )
    const servedAt = new Map<string, number>()
    const work = async (key: string, ms: number, options: AcquireOptions) => {
      for (;;) {
        const lease = await pool.acquire(key, options).catch(() => undefined)
        if (lease === undefined) return
        servedAt.set(key, clock.now())
        await new Promise<void>((resolve) => clock.setTimeout(resolve, ms))
        lease.release()
      }
    }
    const begin = (key: string, { borrowers, ms, options }: Load) => {
      server(key).delay = opensIn
      servedAt.set(key, clock.now())
      for (let i = 0; i < borrowers; i++) void work(key, ms, i % 2 === 0 ? options : {})
    }
    for (const [i, each] of given.loads.entries()) begin(`key ${i}`, each)
    await clock.advance(500)
    begin('late', given.late)
    for (let i = 0; i < 16; i++) {
      await clock.advance(500)
      for (const [key, at] of servedAt) expect([key, clock.now() - at > LONGEST]).toEqual([key, false])
    }
    await pool.destroy()
    await clock.advance(100)
  })
  await fc.assert(property, { numRuns: runs, seed, interruptAfterTimeLimit: 60_000 })
})
