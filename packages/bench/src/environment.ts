import { createRequire } from 'node:module'
import { cpus } from 'node:os'
import { peers } from './contenders/index.js'

/** What the figures were taken with: the versions of these packages, Node.js and the processor. */
export function environment(packages: readonly string[]): string {
  const require = createRequire(import.meta.url)
  const version = (name: string) => (require(`${name}/package.json`) as { version: string }).version
  const versions = packages.map((name) => `${name.replace('@millpond/', 'millpond ')} ${version(name)}`)
  const processor = cpus()[0]?.model ?? 'an unknown processor'
  return `${versions.join(', ')}; Node.js ${process.versions.node}, ${cpus().length} × ${processor}.`
}

/** The packages of these contenders of the core's rows. */
export function poolPackages(contenders: readonly string[]): string[] {
  const others = peers.filter((name) => contenders.includes(name))
  return contenders.includes('millpond') ? ['@millpond/core', ...others] : others
}
