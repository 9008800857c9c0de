import type { Adapter, CallContext } from '../../src/index.js'
import { behave } from './behave.js'
import { ModelResource } from './model-resource.js'
import type { ModelWorld } from './model-world.js'
import type { Behaviour, Program } from './program.js'
import { Turns } from './turns.js'
import { Violation } from './violation.js'

/** The adapter of a program: does what its lists say, and objects to being called out of turn. */
export function modelledAdapter(program: Program['adapter'], world: ModelWorld): Adapter<ModelResource> {
  const turns = new Turns()
  const perform = <T>(
    what: 'open' | 'check' | 'reset' | 'close',
    context: CallContext,
    value: T,
    settled: (ok: boolean) => void,
    behaviour: Behaviour = turns.next(what, program[what]),
  ) => {
    world.saw(`${what}:${behaviour.how}`)
    if (behaviour.meanwhile !== undefined) world.act(behaviour.meanwhile, `during ${what}`)
    return behave({ what, behaviour, context, clock: world.clock, value, settled })
  }
  const isLent = (resource: ModelResource) => world.leases.holdersOf(resource) > 0
  const begin = (what: string, resource: ModelResource, context: CallContext) => {
    const { call } = resource
    if (resource.detached) world.violate(new Violation(6, `${what} of ${resource}, which was detached`))
    if (call !== undefined && !call.signal.aborted) {
      world.violate(new Violation(1, `${what} of ${resource} while its ${call.what} is pending and not aborted`))
    }
    if (what !== 'destroy' && what !== 'close' && isLent(resource)) {
      world.violate(new Violation(1, `${what} of ${resource} while it is lent`))
    }
    if (what !== 'destroy') resource.call = { what, signal: context.signal }
    return (ok: boolean) => {
      world.callSettled()
      if (resource.call?.signal === context.signal) resource.call = undefined
      if (ok || what === 'close') return
      const { connectionId } = resource
      const connection = [...world.pool.connections()].find(({ id }) => id === connectionId)
      if (connection !== undefined) resource.condemn(connection.uses)
    }
  }
  const mood = (what: string, how: string, resource: ModelResource) => {
    world.saw(`${what}:${how}`)
    if (how === 'loses') resource.die()
    if (how === 'acts') world.act(turns.next('asides', program.asides), `during ${what}`)
    if (how === 'throw') throw new Error(`${what} throws`)
  }
  const adapter: Adapter<ModelResource> = {
    name: 'modelled',
    open(context) {
      world.opening(context.connectionId)
      const behaviour = turns.next('open', program.open)
      const { connectionId } = context
      const carries = turns.next('carries', program.carries)
      const resource = new ModelResource(world.resources.length + 1, connectionId, carries, () => world.trouble())
      let counted = false
      const settled = (ok: boolean) => {
        if (ok && !counted && behaviour.how !== 'undefined') {
          counted = true
          world.resources.push(resource)
        }
        world.openSettled(ok && behaviour.how !== 'undefined')
      }
      const value = (behaviour.how === 'undefined' ? undefined : resource) as ModelResource
      return perform('open', context, value, settled, behaviour)
    },
    close(resource, context) {
      // Closed again without a lease, since it carries nothing: counts as a failure to connect.
      if (context.reason === 'surplus' && resource.told === 0) world.trouble()
      const done = begin('close', resource, context)
      if (++resource.closes > 1) world.violate(new Violation(6, `${resource} was closed twice`))
      if (resource.destroys > 0) world.violate(new Violation(6, `${resource} was closed after it was destroyed`))
      if (isLent(resource) && !resource.dead && program.has.destroy) {
        world.violate(new Violation(1, `${resource} was closed gracefully while it is lent`))
      }
      return perform('close', context, undefined, (ok) => {
        if (ok) resource.closedAtStep = world.step
        done(ok)
      })
    },
  }
  if (program.has.destroy) {
    adapter.destroy = (resource) => {
      if (resource.closedAtStep < world.step) {
        world.violate(new Violation(6, `${resource} was closed, and then destroyed`))
      }
      begin('destroy', resource, { signal: new AbortController().signal })
      world.saw('destroy')
      if (++resource.destroys > 1) world.violate(new Violation(6, `${resource} was destroyed twice`))
    }
  }
  if (program.has.check) {
    adapter.check = (resource, context) =>
      perform('check', context, undefined, begin('check', resource, context)) as Promise<void>
  }
  if (program.has.reset) {
    adapter.reset = (resource, context) => perform('reset', context, undefined, begin('reset', resource, context))
  }
  if (program.has.isUsable) {
    adapter.isUsable = (resource) => {
      const how = turns.next('isUsable', program.isUsable)
      if ((how !== 'yes' && how !== 'acts') || resource.dead) world.trouble()
      mood('isUsable', how, resource)
      return how !== 'no' && !resource.dead
    }
  }
  if (program.has.setRef) {
    adapter.setRef = (resource) => mood('setRef', turns.next('setRef', program.setRef), resource)
  }
  if (program.has.isFatal) {
    adapter.isFatal = (_, resource) => {
      const how = turns.next('isFatal', program.isFatal)
      mood('isFatal', how, resource)
      return how === 'yes'
    }
  }
  if (program.has.capacity) {
    adapter.capacity = (resource) => {
      const how = turns.next('capacity', program.capacity)
      // An answer that makes no sense counts as 1.
      if (how === 'throw' || how === 'nonsense') resource.tell(1)
      mood('capacity', how, resource)
      if (resource.carries === 0) world.saw('capacity:0')
      return how === 'nonsense' ? -1 : resource.tell(resource.carries)
    }
  }
  if (program.has.watch) {
    adapter.watch = (resource, signals) => {
      const how = turns.next('watch', program.watch)
      if (how !== 'throw') resource.signals = signals
      mood('watch', how, resource)
      return () => {
        resource.signals = undefined
      }
    }
  }
  return adapter
}
