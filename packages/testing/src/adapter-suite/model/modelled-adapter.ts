import type { Adapter } from '@millpond/core'
import type { ModelledResource } from './modelled-resource.js'

/** The adapter under proof, with a record of what a pool does with it. Abilities it has not, it does not get. */
export class ModelledAdapter<R> {
  readonly resources: ModelledResource<R>[] = []
  /** Opens that have not settled. */
  opening = 0
  readonly adapter: Adapter<R>

  /** `onOpen` is told of every resource that there is. */
  constructor(adapter: Adapter<R>, onOpen: (resource: R) => void) {
    const { destroy, isUsable, check, reset, watch, setRef, capacity, isFatal } = adapter
    this.adapter = {
      name: adapter.name,
      open: async (ctx) => {
        this.opening++
        try {
          const resource = await adapter.open(ctx)
          this.#opened(ctx.connectionId, resource)
          if (this.find(resource) !== undefined) onOpen(resource)
          return resource
        } finally {
          this.opening--
        }
      },
      close: (resource, ctx) => {
        this.#ended(resource)
        return adapter.close(resource, ctx)
      },
      ...(destroy && {
        destroy: (resource, reason) => {
          this.#ended(resource)
          return destroy.call(adapter, resource, reason)
        },
      }),
      ...(watch && {
        watch: (resource, signals) =>
          watch.call(adapter, resource, {
            ...signals,
            lost: (error) => {
              const record = this.find(resource)
              if (record !== undefined) record.isReported = true
              signals.lost(error)
            },
          }),
      }),
      ...(isUsable && { isUsable: (resource) => isUsable.call(adapter, resource) }),
      ...(check && { check: (resource, ctx) => check.call(adapter, resource, ctx) }),
      ...(reset && { reset: (resource, ctx) => reset.call(adapter, resource, ctx) }),
      ...(setRef && { setRef: (resource, keepAlive) => setRef.call(adapter, resource, keepAlive) }),
      ...(capacity && { capacity: (resource) => capacity.call(adapter, resource) }),
      ...(isFatal && { isFatal: (error, resource) => isFatal.call(adapter, error, resource) }),
    }
  }

  /** The last opened, where an adapter gives the same again. */
  find(resource: R): ModelledResource<R> | undefined {
    return this.resources.findLast((record) => record.resource === resource)
  }

  #opened(connection: number, resource: R): void {
    if (resource === undefined || resource === null) return
    this.resources.push({
      connection,
      resource,
      leases: 0,
      isDirty: false,
      isKilled: false,
      isKnownDead: false,
      isReported: false,
      isEnded: false,
    })
  }

  #ended(resource: R): void {
    const record = this.find(resource)
    if (record !== undefined) record.isEnded = true
  }
}
