import { type Contender, connections } from '../contender.js'
import { openAll } from './open-all.js'

/** Loaded by name, so that a process has in it the one pool it measures and no other. */
const load = {
  floor: async () => (await import('./floor.js')).floor(),
  millpond: async () => (await import('./millpond.js')).millpond(),
  'generic-pool': async () => (await import('./generic-pool.js')).genericPool(),
  'lightning-pool': async () => (await import('./lightning-pool.js')).lightningPool(),
  'sequelize-pool': async () => (await import('./sequelize-pool.js')).sequelizePool(),
  tarn: async () => (await import('./tarn.js')).tarn(),
}

export type ContenderName = keyof typeof load

export const contenderNames = Object.keys(load) as ContenderName[]
export const peers = contenderNames.filter((name) => name !== 'floor' && name !== 'millpond')

/** Resolves when all its connections are open. */
export async function createContender(name: ContenderName): Promise<Contender> {
  const contender = (await load[name]()) as Contender
  await openAll(contender, connections)
  return contender
}
