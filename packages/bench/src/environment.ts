import { createRequire } from 'node:module'
import { cpus } from 'node:os'
import { type ContenderName, peers } from './contenders/index.js'

/** What the figures were taken with: the versions of everything, Node.js and the processor. */
export function environment(contenders: readonly ContenderName[]): string {
  const require = createRequire(import.meta.url)
  const version = (name: string) => (require(`${name}/package.json`) as { version: string }).version
  const pools = peers.filter((name) => contenders.includes(name)).map((name) => `${name} ${version(name)}`)
  if (contenders.includes('millpond')) pools.unshift(`millpond ${version('@millpond/core')}`)
  const processor = cpus()[0]?.model ?? 'an unknown processor'
  return `${pools.join(', ')}; Node.js ${process.versions.node}, ${cpus().length} × ${processor}.`
}
