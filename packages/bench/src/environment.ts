import { createRequire } from 'node:module'
import { cpus } from 'node:os'
import { peers } from './contenders/index.js'

interface Manifest {
  readonly version: string
}

/** What the figures were taken with: the versions of these packages, Node.js and the processor. */
export function environment(packages: readonly string[]): string {
  const require = createRequire(import.meta.url)
  const { dependencies } = require('../package.json') as { dependencies: Record<string, string> }
  // A peer's is pinned; not all of them let their own package.json be read.
  const version = (name: string) =>
    name.startsWith('@millpond/') ? (require(`${name}/package.json`) as Manifest).version : dependencies[name]
  const versions = packages.map((name) => `${name.replace('@millpond/', 'millpond ')} ${version(name)}`)
  const processor = cpus()[0]?.model ?? 'an unknown processor'
  return `${versions.join(', ')}; Node.js ${process.versions.node}, ${cpus().length} × ${processor}.`
}

/** The packages of these contenders of the core's rows. */
export function poolPackages(contenders: readonly string[]): string[] {
  const others = peers.filter((name) => contenders.includes(name))
  return contenders.includes('millpond') ? ['@millpond/core', ...others] : others
}
