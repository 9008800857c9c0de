import { type Adapter, type CallContext, type Clock, InvalidOptionError, systemClock } from '@millpond/core'
import { FarEnd, type SimulatedCounts } from './far-end.js'
import { checkFaults, type FaultSchedule } from './fault.js'
import { checkLatency, type Latency } from './latency.js'
import { randomStreams } from './random-streams.js'
import { SimulatedFailure } from './simulated-failure.js'
import type { SimulatedResource } from './simulated-resource.js'
import type { Violation } from './violation.js'

/** All latencies are ms, as a number or a distribution; 0 settles at once. */
export interface SimulatedAdapterOptions {
  /** Default 'simulated'. */
  readonly name?: string
  /** How long an open takes. Default 0. */
  readonly connect?: Latency
  /** How long a check takes. Default: the adapter has no `check`. */
  readonly check?: Latency
  /** How long a reset takes. Default: the adapter has no `reset`. */
  readonly reset?: Latency
  /** How long a graceful close takes. Default 0. */
  readonly close?: Latency
  /** Leases that a resource carries at once. Default: the adapter has no `capacity`, which means 1. */
  readonly capacity?: number
  /** What goes wrong, and when. Default nothing. */
  readonly faults?: FaultSchedule
  /** Default: the process's. */
  readonly clock?: Clock
  /** Where chance comes from. Default: a generator of `seed`. */
  readonly random?: () => number
  /** Default 1. */
  readonly seed?: number
}

/** An adapter without a network: its resources are records of what happens to them. */
export interface SimulatedAdapter extends Adapter<SimulatedResource> {
  readonly counts: Readonly<SimulatedCounts>
  /** Those that are neither closed nor destroyed. */
  readonly resources: ReadonlySet<SimulatedResource>
  /** What the pool has done wrong: closed twice, called out of turn, lent to two. */
  readonly violations: readonly Violation[]
}

/** Makes an adapter whose calls take virtual latencies and fail by schedule. Throws `InvalidOptionError`. */
export function simulatedAdapter(options: SimulatedAdapterOptions = {}): SimulatedAdapter {
  return adapterOf(farEndOf(options), options)
}

/** The same, with the far end in the caller's hand. */
export function farEndOf(options: SimulatedAdapterOptions): FarEnd {
  checkOptions(options)
  const { connect = 0, check = 0, reset = 0, close = 0, faults = [], capacity = 1, clock = systemClock } = options
  const random = options.random ?? randomStreams(options.seed ?? 1)()
  return new FarEnd({ latencies: { connect, check, reset, close }, faults, capacity, clock, random })
}

export function adapterOf(farEnd: FarEnd, options: SimulatedAdapterOptions): SimulatedAdapter {
  const { counts } = farEnd
  const adapter: SimulatedAdapter = {
    name: options.name ?? 'simulated',
    counts,
    resources: farEnd.resources,
    violations: farEnd.violations,
    open({ signal, connectionId }) {
      counts.connecting++
      const succeed = () => {
        counts.connecting--
        return farEnd.admit(connectionId)
      }
      const fail = () => {
        counts.connecting--
        counts.failed++
      }
      return farEnd.run({ call: 'connect', signal, succeed, fail })
    },
    close(resource, context) {
      begin(farEnd, resource, 'close', context)
      if (resource.state === 'closing' || resource.state === 'closed') {
        farEnd.violate(6, `resource ${resource.id} is closed when ${resource.state}`)
      }
      if (resource.state === 'open') resource.state = 'closing'
      const succeed = () => {
        end(resource, context)
        farEnd.remove(resource, 'closed')
      }
      return farEnd.run({ call: 'close', signal: context.signal, succeed, fail: () => end(resource, context) })
    },
    destroy(resource) {
      if (resource.state === 'closed') farEnd.violate(6, `resource ${resource.id} is destroyed when closed`)
      begin(farEnd, resource, 'destroy', undefined)
      farEnd.remove(resource, 'destroyed')
    },
    isUsable(resource) {
      const isUsable = resource.state === 'open' || resource.isSilent
      if (!isUsable) {
        resource.condemn('isUsable said no')
        farEnd.onSettled?.(true)
      }
      return isUsable
    },
    watch(resource, signals) {
      resource.signals = signals
      counts.watched++
      return () => {
        if (resource.signals === undefined) return
        resource.signals = undefined
        counts.watched--
      }
    },
  }
  if (options.check !== undefined)
    adapter.check = async (resource, context) => examine(farEnd, resource, 'check', context)
  if (options.reset !== undefined) adapter.reset = (resource, context) => examine(farEnd, resource, 'reset', context)
  const { capacity } = options
  if (capacity !== undefined) adapter.capacity = () => capacity
  return adapter
}

/** Check and reset: they fail on a resource whose far end is gone. */
function examine(
  farEnd: FarEnd,
  resource: SimulatedResource,
  call: 'check' | 'reset',
  context: CallContext,
): Promise<void> | void {
  begin(farEnd, resource, call, context)
  const fail = () => {
    end(resource, context)
    resource.condemn(`its ${call} failed`)
  }
  const succeed = () => {
    if (resource.state === 'open') {
      end(resource, context)
      return
    }
    fail()
    throw new SimulatedFailure(call, `the ${call} found nobody`)
  }
  return farEnd.run({ call, signal: context.signal, succeed, fail })
}

/** Calls for one resource never overlap, unless the one before has been given up. */
function begin(farEnd: FarEnd, resource: SimulatedResource, what: string, context: CallContext | undefined): void {
  const { call } = resource
  if (call !== undefined && !call.signal.aborted) {
    farEnd.violate(1, `${what} of resource ${resource.id} while its ${call.what} is pending`)
  }
  if (what !== 'destroy' && resource.holders.length > 0) {
    farEnd.violate(1, `${what} of resource ${resource.id} while ${resource.holders.join(' and ')} has it`)
  }
  resource.call = context === undefined ? undefined : { what, signal: context.signal }
  resource.note(what)
}

function end(resource: SimulatedResource, context: CallContext): void {
  if (resource.call?.signal === context.signal) resource.call = undefined
}

function checkOptions(options: SimulatedAdapterOptions): void {
  if (typeof options !== 'object' || options === null) throw new InvalidOptionError('options', options, 'an object')
  for (const call of ['connect', 'check', 'reset', 'close'] as const) {
    const latency = options[call]
    if (latency !== undefined) checkLatency(call, latency)
  }
  const { faults, capacity, random, seed } = options
  if (faults !== undefined) checkFaults(faults)
  if (capacity !== undefined && !(Number.isInteger(capacity) && capacity >= 1)) {
    throw new InvalidOptionError('capacity', capacity, 'a whole number of at least 1')
  }
  if (random !== undefined && seed !== undefined) throw new InvalidOptionError('seed', seed, 'nothing beside random')
}
