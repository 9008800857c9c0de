import type { Adapter, CallContext } from '../../src/index.js'
import { behave } from '../model/behave.js'
import { Violation } from '../model/violation.js'
import type { KeyedProgram, ServerPlan } from './keyed-program.js'
import { KeyedResource } from './keyed-resource.js'
import type { KeyedWorld } from './keyed-world.js'
import type { ModelledPool } from './modelled-pool.js'

/** The adapter of one pool: does what the lists of its server say, and objects to being called out of turn. */
export function keyedAdapter(
  has: KeyedProgram['has'],
  server: ServerPlan,
  pool: ModelledPool,
  world: KeyedWorld,
): Adapter<KeyedResource> {
  const turns = world.turnsOf(pool.key)
  const trouble = () => {
    pool.troubleAt = world.clock.now()
  }
  const perform = <T>(
    what: 'open' | 'check' | 'reset' | 'close',
    context: CallContext,
    value: T,
    settled: (ok: boolean) => void,
  ) => {
    const behaviour = turns.next(what, server[what])
    world.saw(`${what}:${behaviour.how}`)
    return behave({ what, behaviour, context, clock: world.clock, value, settled })
  }
  const begin = (what: string, resource: KeyedResource, context: CallContext) => {
    const { call } = resource
    if (resource.detached) world.violate(new Violation(6, `${what} of ${resource}, which was detached`))
    if (call !== undefined && !call.signal.aborted) {
      world.violate(new Violation(1, `${what} of ${resource} while its ${call.what} is pending and not aborted`))
    }
    if ((what === 'check' || what === 'reset') && world.borrowers.holdersOf(resource) > 0) {
      world.violate(new Violation(1, `${what} of ${resource} while it is lent`))
    }
    if (what !== 'destroy') resource.call = { what, signal: context.signal }
    return (ok: boolean) => {
      world.lastSettledAt = world.clock.now()
      if (resource.call?.signal === context.signal) resource.call = undefined
      if (ok || what === 'close') return
      resource.condemned = true
      if (resource.uses === 0) trouble()
    }
  }
  return {
    name: 'modelled',
    open(context) {
      world.opening(pool, context.connectionId)
      const resource = new KeyedResource(world.resources.length + 1, context.connectionId, pool)
      let isSettled = false
      world.clock.setTimeout(() => {
        if (!isSettled) trouble()
      }, context.timeout)
      return perform('open', context, resource, (ok) => {
        world.lastSettledAt = world.clock.now()
        if (!ok) trouble()
        else if (!isSettled) world.resources.push(resource)
        isSettled = true
      })
    },
    close(resource, context) {
      const done = begin('close', resource, context)
      if (++resource.closes > 1) world.violate(new Violation(6, `${resource} was closed twice`))
      if (resource.destroys > 0) world.violate(new Violation(6, `${resource} was closed after it was destroyed`))
      return perform('close', context, undefined, done)
    },
    watch(resource, signals) {
      resource.signals = signals
      return () => {
        resource.signals = undefined
      }
    },
    ...(has.destroy
      ? {
          destroy(resource: KeyedResource) {
            begin('destroy', resource, { signal: new AbortController().signal })
            world.saw('destroy')
            if (++resource.destroys > 1) world.violate(new Violation(6, `${resource} was destroyed twice`))
          },
        }
      : {}),
    ...(has.check
      ? {
          check: (resource: KeyedResource, context: CallContext) =>
            perform('check', context, undefined, begin('check', resource, context)) as Promise<void>,
        }
      : {}),
    ...(has.reset
      ? {
          reset: (resource: KeyedResource, context: CallContext) =>
            perform('reset', context, undefined, begin('reset', resource, context)),
        }
      : {}),
    ...(has.isUsable
      ? {
          isUsable(resource: KeyedResource) {
            const usable = !resource.dead && turns.next('isUsable', server.isUsable)
            if (!usable) {
              world.saw('isUsable:no')
              resource.condemned = true
              if (resource.uses === 0) trouble()
            }
            return usable
          },
        }
      : {}),
    ...(has.capacity === undefined ? {} : { capacity: () => has.capacity as number }),
  }
}
