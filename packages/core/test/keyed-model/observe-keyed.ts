import type { PoolEvents } from '../../src/index.js'
import { Violation } from '../model/violation.js'
import type { KeyedWorld } from './keyed-world.js'

type Payload<N extends keyof PoolEvents> = Parameters<PoolEvents[N]>[0]

/** Notes what programs reach, and objects to what no program should see. */
export function observeKeyed(world: KeyedWorld): void {
  const on = <N extends keyof PoolEvents>(name: N, listener: (event: Payload<N>) => void) =>
    world.house.on(name, listener as (event: never) => void)
  on('error', ({ error, source }) => {
    if (source === 'policy' || source === 'statechart') {
      world.violate(new Violation(source === 'policy' ? 12 : 11, `${source}: ${(error as Error).stack}`))
    }
  })
  if (!world.program.observed) return
  on('retire', ({ connection, reason, detail }) => {
    world.saw(`retire:${reason}`)
    if (reason === 'surplus' && detail !== undefined) world.saw('evict:turn')
    else if (reason === 'surplus') world.saw('evict:idle')
    world.log(`retire ${connection.key ?? ''}#${connection.id}: ${reason} ${detail ?? ''}`)
  })
  on('disconnect', ({ connection, reason, key }) => {
    world.saw(`disconnect:${reason}`)
    world.log(`closed ${key ?? ''}#${connection.id}: ${reason}`)
  })
  on('close', ({ key }) => {
    const pool = key === undefined ? undefined : world.poolOf(key)
    if (pool !== undefined && !pool.closed && world.closed === 'no') world.saw('evict:maxKeys')
    world.log(`pool ${key ?? ''} closed`)
  })
  if (world.program.kind !== 'keyed') return
  for (const name of ['connecting', 'acquire', 'acquireError', 'release', 'quiet'] as const) {
    on(name, (event) => {
      const { key, connection } = event as { key?: string; connection?: { key?: string } }
      if (key === undefined || !world.keys.includes(key) || (connection !== undefined && connection.key !== key)) {
        world.violate(new Violation(12, `a ${name} event says key ${key}`))
      }
    })
  }
}
