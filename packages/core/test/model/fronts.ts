import {
  type Adapter,
  balance,
  createKeyedPool,
  createPool,
  failover,
  type Pool,
  type PoolOptions,
} from '../../src/index.js'
import type { ModelResource } from './model-resource.js'

type Make = (adapter: Adapter<ModelResource>, options: PoolOptions<ModelResource>) => Pool<ModelResource>

/** What is a `Pool` again: each in the pool's own place, over one pool that has the program's options. */
export const fronts = {
  'createPool()': createPool,
  'balance([pool])': (adapter, options) =>
    balance([createPool(adapter, options)], { ...clockOf(options), eject: false }),
  'failover([pool])': (adapter, options) => failover([createPool(adapter, options)], clockOf(options)),
  'keyed.for(target)': (adapter, options) =>
    createKeyedPool<string, ModelResource>({ key: (target) => target, adapter: () => adapter, ...options }).for(
      'the key',
    ),
} satisfies Record<string, Make>

export type FrontName = keyof typeof fronts

function clockOf({ clock }: PoolOptions<ModelResource>) {
  return clock === undefined ? {} : { clock }
}
