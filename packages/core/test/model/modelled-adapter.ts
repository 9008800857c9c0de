import type { Adapter, CallContext, WatchSignals } from '../../src/index.js'
import type { VirtualClock } from '../virtual-clock.js'
import type { Action, Behaviour, Program } from './program.js'
import { Violation } from './violation.js'

/** A resource as the far end and the adapter know it. */
export class ModelResource {
  readonly id: number
  readonly connectionId: number
  /** The adapter's call in progress, with its signal. */
  call: { readonly what: string; readonly signal: AbortSignal } | undefined
  /** The far end is gone; `reported` once the pool has been told. */
  dead = false
  reported = false
  /** A check or a reset said no. */
  condemned = false
  closes = 0
  destroys = 0
  /** The command during which its close succeeded: from then on nothing may follow. */
  closedAtStep = Number.POSITIVE_INFINITY
  detached = false
  signals: WatchSignals | undefined
  /** Called when the pool may take it for a failure to connect. */
  readonly onTrouble: () => void

  constructor(id: number, connectionId: number, onTrouble: () => void) {
    this.onTrouble = onTrouble
    this.id = id
    this.connectionId = connectionId
  }

  get ended(): boolean {
    return this.closes + this.destroys > 0
  }

  die(): void {
    this.dead = true
    this.onTrouble()
    if (this.signals !== undefined) {
      this.reported = true
      this.signals.lost(new Error('the far end went away'))
    }
  }

  toString(): string {
    return `#${this.connectionId}`
  }
}

/** What the adapter needs of the world around it. */
export interface AdapterWorld {
  readonly clock: VirtualClock
  readonly resources: ModelResource[]
  /** Commands so far. */
  readonly step: number
  log(line: string): void
  saw(what: string): void
  violate(violation: Violation): void
  act(action: Action, where: string): void
  isLent(resource: ModelResource): boolean
  /** Called when an open begins. */
  opening(connectionId: number): void
  openSettled(succeeded: boolean): void
  /** A call for an open resource has settled: one more may be idle from here on. */
  callSettled(): void
  /** Something happened after which the pool may wait before its next open. */
  trouble(): void
}

/** The adapter of a program: does what its lists say, and objects to being called out of turn. */
export function modelledAdapter(program: Program['adapter'], world: AdapterWorld): Adapter<ModelResource> {
  const turns = new Map<string, number>()
  const take = <T>(what: string, list: readonly T[]): T => {
    const turn = turns.get(what) ?? 0
    turns.set(what, turn + 1)
    return list[turn % list.length] as T
  }
  const perform = <T>(
    what: string,
    behaviour: Behaviour,
    context: CallContext,
    value: T,
    settled: (ok: boolean) => void,
  ) => {
    world.saw(`${what}:${behaviour.how}`)
    if (behaviour.meanwhile !== undefined) world.act(behaviour.meanwhile, `during ${what}`)
    return answer(what, behaviour, context, value, settled, world)
  }
  const begin = (what: string, resource: ModelResource, context: CallContext) => {
    const { call } = resource
    if (resource.detached) world.violate(new Violation(6, `${what} of ${resource}, which was detached`))
    if (call !== undefined && !call.signal.aborted) {
      world.violate(new Violation(1, `${what} of ${resource} while its ${call.what} is pending and not aborted`))
    }
    if (what !== 'destroy' && world.isLent(resource) && what !== 'close') {
      world.violate(new Violation(1, `${what} of ${resource} while it is lent`))
    }
    if (what !== 'destroy') resource.call = { what, signal: context.signal }
    return (ok: boolean) => {
      world.callSettled()
      if (resource.call?.signal === context.signal) resource.call = undefined
      if (!ok && what !== 'close') resource.condemned = true
    }
  }
  const adapter: Adapter<ModelResource> = {
    name: 'modelled',
    open(context) {
      world.opening(context.connectionId)
      const behaviour = take('open', program.open)
      const resource = new ModelResource(world.resources.length + 1, context.connectionId, () => world.trouble())
      let counted = false
      const settled = (ok: boolean) => {
        if (ok && !counted && behaviour.how !== 'undefined') {
          counted = true
          world.resources.push(resource)
        }
        world.openSettled(ok && behaviour.how !== 'undefined')
      }
      const value = (behaviour.how === 'undefined' ? undefined : resource) as ModelResource
      return perform('open', behaviour, context, value, settled) as Promise<ModelResource>
    },
    close(resource, context) {
      const done = begin('close', resource, context)
      if (++resource.closes > 1) world.violate(new Violation(6, `${resource} was closed twice`))
      if (resource.destroys > 0) world.violate(new Violation(6, `${resource} was closed after it was destroyed`))
      if (world.isLent(resource) && !resource.dead && program.has.destroy) {
        world.violate(new Violation(1, `${resource} was closed gracefully while it is lent`))
      }
      return perform('close', take('close', program.close), context, undefined, (ok) => {
        if (ok) resource.closedAtStep = world.step
        done(ok)
      }) as Promise<void>
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
      perform(
        'check',
        take('check', program.check),
        context,
        undefined,
        begin('check', resource, context),
      ) as Promise<void>
  }
  if (program.has.reset) {
    adapter.reset = (resource, context) =>
      perform(
        'reset',
        take('reset', program.reset),
        context,
        undefined,
        begin('reset', resource, context),
      ) as Promise<void>
  }
  const mood = (what: string, how: string, resource: ModelResource) => {
    world.saw(`${what}:${how}`)
    if (how === 'loses') resource.die()
    if (how === 'acts') world.act(take('asides', program.asides), `during ${what}`)
    if (how === 'throw') throw new Error(`${what} throws`)
  }
  if (program.has.isUsable) {
    adapter.isUsable = (resource) => {
      const how = take('isUsable', program.isUsable)
      if ((how !== 'yes' && how !== 'acts') || resource.dead) world.trouble()
      mood('isUsable', how, resource)
      return how !== 'no' && !resource.dead
    }
  }
  if (program.has.setRef) {
    adapter.setRef = (resource) => mood('setRef', take('setRef', program.setRef), resource)
  }
  if (program.has.watch) {
    adapter.watch = (resource, signals) => {
      const how = take('watch', program.watch)
      if (how !== 'throw') resource.signals = signals
      mood('watch', how, resource)
      return () => {
        resource.signals = undefined
      }
    }
  }
  return adapter
}

function answer<T>(
  what: string,
  { how, ms, obeys }: Behaviour,
  context: CallContext,
  value: T,
  settled: (ok: boolean) => void,
  { clock }: AdapterWorld,
): Promise<T> | T {
  const failure = new Error(`${what} fails`)
  const after = (delay: number, ok: boolean, giveUp: boolean) =>
    new Promise<T>((resolve, reject) => {
      const timer = clock.setTimeout(() => {
        settled(ok)
        if (ok) resolve(value)
        else reject(failure)
      }, delay)
      if (!giveUp) return
      const stop = () => {
        clock.clearTimeout(timer)
        settled(false)
        reject(context.signal.reason)
      }
      if (context.signal.aborted) stop()
      else context.signal.addEventListener('abort', stop, { once: true })
    })
  switch (how) {
    case 'sync':
    case 'undefined':
      settled(true)
      return value
    case 'resolve':
      settled(true)
      return Promise.resolve(value)
    case 'slow':
      return after(ms, true, obeys)
    case 'reject':
      settled(false)
      return Promise.reject(failure)
    case 'rejectSlowly':
      return after(ms, false, obeys)
    case 'throw':
      settled(false)
      throw failure
    case 'late':
      return after(3_000 + ms, true, false)
    case 'never':
      return obeys ? after(1e9, true, true) : new Promise<T>(() => {})
  }
}
