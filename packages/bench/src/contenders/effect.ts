import { Effect, Exit, Pool, Scope } from 'effect'
import { type Contender, type PoolSetup, standardSetup } from '../contender.js'

const ready = Promise.resolve()

/**
 * `borrow` is how Effect's users borrow, and what its documentation names as the cheapest: `Pool.use`, within a fiber.
 * `acquire` and `release` are what it takes from outside of one: a scope each, which the connection is returned with.
 */
export async function effectPool(setup: PoolSetup = standardSetup): Promise<Contender<Scope.Closeable>> {
  const { connections, open, onClose } = setup
  const opening = Effect.acquireRelease(Effect.sync(open), () => Effect.sync(onClose))
  const life = Scope.makeUnsafe()
  const pool = await Effect.runPromise(Scope.provide(Pool.make({ acquire: opening, size: connections }), life))
  const getting = Pool.get(pool)
  const using = Pool.use(pool, () => Effect.void)
  // Who is not alone has the connection for a microtask, as everybody who awaits: else each fiber would run to its end
  // before the next began, and nobody would ever wait.
  const holding = Pool.use(pool, () => Effect.promise(() => ready))
  return {
    async acquire() {
      const scope = Scope.makeUnsafe()
      await Effect.runPromise(Scope.provide(getting, scope))
      return scope
    },
    release(scope) {
      Effect.runFork(Scope.close(scope, Exit.void))
    },
    borrow(times, isAlone) {
      const operation = isAlone ? using : holding
      return Effect.runPromise(
        Effect.gen(function* () {
          for (let time = 0; time < times; time++) yield* operation
        }),
      )
    },
    close: () => Effect.runPromise(Scope.close(life, Exit.void)),
  }
}
