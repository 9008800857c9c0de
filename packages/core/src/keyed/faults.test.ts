import { describe, expect, it } from 'vitest'
import { sizes, testKeyedPool } from '../../test/keyed-model/keyed-fixture.js'
import { type TestResource, testAdapter } from '../../test/test-adapter.js'
import { follow } from '../../test/test-pool.js'
import { createKeyedPool } from './create-keyed-pool.js'
import type { KeyedPool } from './keyed-pool.js'

const broken = new Error('no host in the target')

function throws(): never {
  throw broken
}

/** What `acquire`, `use`, `for`, `tryAcquire` and `flush` make of it. */
async function outcomes(pool: KeyedPool<string, TestResource>) {
  const thrownBy = (fn: () => unknown) => {
    try {
      return fn()
    } catch (error) {
      return error
    }
  }
  return {
    acquire: await pool.acquire('a').catch((error) => error),
    use: await pool.use('a', () => {}).catch((error) => error),
    for: thrownBy(() => pool.for('a')),
    tryAcquire: thrownBy(() => pool.tryAcquire('a')),
    flush: thrownBy(() => pool.flush('a')),
  }
}

const typed = expect.objectContaining({ code: expect.stringMatching(/^ERR_POOL_/) })

describe('a key function', () => {
  it('that throws makes `acquire` and `use` reject with a typed error whose cause is what it threw', async () => {
    const { pool, clock } = testKeyedPool({ key: throws })
    const { acquire, use } = await outcomes(pool)
    expect([acquire, use]).toEqual([typed, typed])
    expect([acquire.cause, use.cause]).toEqual([broken, broken])
    expect([pool.stats().keys, clock.pending]).toEqual([0, 0])
  })

  it.each([undefined, null, 42, {}, ['a'], Symbol('a'), Promise.resolve('a')])(
    'that gives %s for a text makes every call fail with InvalidOptionError, and never throws out of `acquire`',
    async (nonsense) => {
      const { pool, adapters } = testKeyedPool({ key: () => nonsense as never })
      for (const [call, outcome] of Object.entries(await outcomes(pool))) {
        expect([call, (outcome as { code?: string })?.code]).toEqual([call, 'ERR_POOL_INVALID_OPTION'])
      }
      expect([pool.stats().keys, adapters]).toEqual([0, []])
    },
  )

  it('that throws when it is called once more never makes `acquire` throw', async () => {
    let calls = 0
    const { pool } = testKeyedPool({ key: (target) => (++calls % 2 === 0 ? throws() : target) })
    pool.on('acquireError', () => {})
    await pool.close()
    for (let i = 0; i < 4; i++) {
      await expect(pool.acquire('a')).rejects.toMatchObject({ code: expect.stringMatching(/^ERR_POOL_/) })
      await expect(pool.use('a', () => {})).rejects.toMatchObject({ code: expect.stringMatching(/^ERR_POOL_/) })
    }
  })

  it('that works again later is forgiven', async () => {
    let isBroken = true
    const { pool } = testKeyedPool({ key: (target) => (isBroken ? throws() : target) })
    await outcomes(pool)
    isBroken = false
    await expect(pool.acquire('a')).resolves.toBeDefined()
  })
})

describe('an adapter function', () => {
  it('that throws makes `acquire` and `use` reject with a typed error whose cause is what it threw', async () => {
    const { pool, clock } = testKeyedPool({ adapter: throws, total: 2, maxKeys: 2 })
    for (let i = 0; i < 3; i++) {
      const { acquire, use } = await outcomes(pool)
      expect([acquire, use]).toEqual([typed, typed])
      expect([acquire.cause, use.cause]).toEqual([broken, broken])
    }
    expect([pool.stats().keys, pool.stats().size, clock.pending]).toEqual([0, 0, 0])
  })

  it.each([undefined, null, 42, 'tcp', {}, { name: 'half', open: () => 1 }, Promise.resolve(testAdapter())])(
    'that gives %j makes every call fail with InvalidOptionError, and leaves nothing behind',
    async (nonsense) => {
      const { pool, clock } = testKeyedPool({ adapter: () => nonsense as never })
      const { acquire, use } = await outcomes(pool)
      for (const error of [acquire, use]) expect(error).toMatchObject({ code: 'ERR_POOL_INVALID_OPTION' })
      expect([pool.stats().keys, clock.pending]).toEqual([0, 0])
    },
  )

  it('that gives nonsense is found out also after one of the same kind was sound', async () => {
    const { pool } = testKeyedPool({
      adapter: (key) => (key === 'a' ? testAdapter() : ({ name: 'half', open: () => {} } as never)),
    })
    await pool.acquire('a')
    await expect(pool.acquire('b')).rejects.toMatchObject({ code: 'ERR_POOL_INVALID_OPTION', option: 'adapter.close' })
  })

  it('that throws when another key would have had to make room has put nobody out', async () => {
    const { pool } = testKeyedPool({ maxKeys: 1, adapter: (key) => (key === 'a' ? testAdapter() : throws()) })
    ;(await pool.acquire('a')).release()
    await expect(pool.acquire('b')).rejects.toBeDefined()
    expect(sizes(pool)).toEqual({ a: 1 })
  })

  it('may ask for the same key itself: it has one pool (re-entrance)', async () => {
    const inner: ReturnType<typeof follow>[] = []
    let depth = 0
    const pool: KeyedPool<string, TestResource> = createKeyedPool({
      key: (target: string) => target,
      adapter: () => {
        if (depth++ === 0) inner.push(follow(pool.acquire('a')))
        return testAdapter()
      },
    })
    const outer = await pool.acquire('a')
    await new Promise((resolve) => setImmediate(resolve))
    expect([inner[0]?.state, outer.connection.key]).toEqual(['fulfilled', 'a'])
    expect(pool.stats()).toMatchObject({ keys: 1, leases: 2, size: 2 })
    await pool.destroy()
    expect(outer.signal.aborted).toBe(true)
  })

  it.each(['close', 'destroy'] as const)('may call `%s`: nothing is opened after that (re-entrance)', async (how) => {
    const opened: unknown[] = []
    const pool: KeyedPool<string, TestResource> = createKeyedPool({
      key: (target: string) => target,
      adapter: () => {
        void pool[how]()
        return testAdapter({ open: () => opened.push(1) as never })
      },
    })
    await expect(pool.acquire('a')).rejects.toMatchObject({ code: 'ERR_POOL_CLOSED' })
    await pool.close()
    expect([opened, pool.stats()]).toEqual([[], expect.objectContaining({ state: 'closed', size: 0, leases: 0 })])
  })
})

it('a policy that throws when it is attached makes the acquire reject, and leaves nothing behind', async () => {
  const { pool, clock } = testKeyedPool({ policies: [{ name: 'broken', attach: throws }], total: 1 })
  const { acquire } = await outcomes(pool)
  expect(acquire).toBeInstanceOf(Error)
  expect([pool.stats().keys, pool.stats().size, clock.pending]).toEqual([0, 0, 0])
})

it('a policy that asks for the same key when it is attached has the same pool as its caller (re-entrance)', async () => {
  let isFirst = true
  const inner: ReturnType<typeof follow>[] = []
  const curious = {
    name: 'curious',
    attach: () => {
      if (isFirst) {
        isFirst = false
        inner.push(follow(pool.acquire('a')))
      }
      return undefined
    },
  }
  const { pool, clock } = testKeyedPool({ policies: [curious], total: 2, perKey: 1 })
  const outer = follow(pool.acquire('a'))
  await clock.settle()
  expect([inner[0]?.state, outer.state, pool.stats().keys, sizes(pool)]).toEqual(['fulfilled', 'pending', 1, { a: 1 }])
  await pool.destroy()
  expect(clock.pending).toBe(0)
})

it('an acquire never throws, whatever it is given', async () => {
  const { pool } = testKeyedPool()
  for (const options of [
    { timeout: 0 },
    { signal: 'no' },
    { priority: Number.NaN },
    { fresh: 1 },
    null,
    3,
    { tiemout: 3 },
  ]) {
    await expect(pool.acquire('a', options as never)).rejects.toMatchObject({ code: 'ERR_POOL_INVALID_OPTION' })
    await expect(pool.use('a', () => {}, options as never)).rejects.toMatchObject({ code: 'ERR_POOL_INVALID_OPTION' })
  }
  expect(pool.stats().keys).toBe(0)
})
