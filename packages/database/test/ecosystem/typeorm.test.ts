import pg from 'pg'
import { DataSource, EntitySchema } from 'typeorm'
import { expect } from 'vitest'
import { type Given, onBothPools } from './on-both-pools.js'

interface Account {
  id: number
  owner: string
  balance: number
}

const accounts = new EntitySchema<Account>({
  name: 'account',
  columns: {
    id: { type: Number, primary: true, generated: true },
    owner: { type: String, unique: true },
    balance: { type: Number },
  },
})

/** TypeORM makes its own pool, of the class that the given driver has. */
async function open({ config, PoolClass }: Given) {
  const { host, port, user, password, database, max, application_name } = config
  const pools: pg.Pool[] = []
  class Pool extends PoolClass {
    constructor(options?: pg.PoolConfig) {
      super(options)
      pools.push(this)
    }
  }
  const source = new DataSource({
    type: 'postgres',
    driver: { ...pg, Pool },
    ...{ host, port, username: user, password, database, applicationName: application_name ?? '' },
    poolSize: max ?? 10,
    entities: [accounts],
    synchronize: true,
    installExtensions: false,
  })
  await source.initialize()
  const repository = source.getRepository(accounts)
  await repository.save(['Ann', 'Bob', 'Cy'].map((owner) => ({ owner, balance: 100 })))
  return { source, repository, pools, balances: () => repository.find({ order: { owner: 'ASC' } }) }
}

onBothPools('TypeORM', {
  'asks queries through the pool of the given driver, and ends it when it is destroyed': async (given) => {
    const { source, repository, pools, balances } = await open(given)
    await repository.update({ owner: 'Ann' }, { balance: 5 })
    const counted = await source.query('select count(*)::int as n from account')
    const answer = [counted, await balances(), await repository.countBy({ balance: 100 })]
    expect(pools.length).toBe(1)
    expect(pools[0]).toBeInstanceOf(given.PoolClass)
    await source.destroy()
    expect(pools[0]?.ended).toBe(true)
    return answer
  },

  'commits a transaction, and rolls one back that fails': async (given) => {
    const { source, balances } = await open(given)
    const pay = (amount: number, owner: string) =>
      source.transaction(async (manager) => {
        await manager.decrement(accounts, { owner: 'Ann' }, 'balance', amount)
        await manager.insert(accounts, { owner, balance: amount })
      })
    await pay(30, 'Di')
    const failed = await pay(50, 'Bob').catch((error: Error) => error.message)
    expect(failed).toContain('duplicate key')
    const answer = await balances()
    expect(answer[0]?.balance).toBe(70)
    await source.destroy()
    return answer
  },

  'serves many callers on few clients, each transaction on one of its own': async (given) => {
    const { source, pools, balances } = await open(given)
    await Promise.all(
      Array.from({ length: 40 }, () =>
        source.transaction((manager) => manager.increment(accounts, { owner: 'Ann' }, 'balance', 1)),
      ),
    )
    expect(pools[0]?.totalCount).toBeLessThanOrEqual(4)
    const answer = await balances()
    expect(answer[0]?.balance).toBe(140)
    await source.destroy()
    return answer
  },

  'rolls back what a query runner has begun, and gives its client back': async (given) => {
    const { source, balances } = await open(given)
    const runner = source.createQueryRunner()
    await runner.startTransaction()
    await runner.query("update account set balance = 0 where owner = 'Ann'")
    await runner.rollbackTransaction()
    await runner.release()
    const answer = await balances()
    await source.destroy()
    return answer
  },
})
