import { createRequire } from 'node:module'
import { cpus, release, totalmem, type } from 'node:os'
import type { Circumstances } from './circumstances.js'
import { peers } from './contenders/index.js'
import { cores, pinNote, pinning } from './pinning.js'

interface Manifest {
  readonly version: string
  readonly dependencies: Readonly<Record<string, string>>
}

const require = createRequire(import.meta.url)
const { dependencies } = require('../package.json') as Manifest

/** A peer's is pinned; not all of them let their own package.json be read. */
function versionOf(name: string): string {
  return name.startsWith('@millpond/')
    ? (require(`${name}/package.json`) as Manifest).version
    : (dependencies[name] ?? 'of an unknown version')
}

const processor = () => cpus()[0]?.model ?? 'an unknown processor'

/** What the figures were taken with: the versions of these packages, Node.js and the processor. */
export function environment(packages: readonly string[]): string {
  const versions = packages.map((name) => `${name.replace('@millpond/', 'millpond ')} ${versionOf(name)}`)
  return `${versions.join(', ')}; Node.js ${process.versions.node}, ${cpus().length} × ${processor()}${pinNote()}.`
}

/** The whole of it, for the report. */
export function circumstances(): Circumstances {
  const names = Object.keys(dependencies).filter((name) => !name.startsWith('@types/'))
  return {
    machine: {
      processor: processor(),
      cores,
      memory: `${(totalmem() / 2 ** 30).toFixed(1)} GiB`,
      kernel: `${type()} ${release()}`,
      node: `${process.versions.node} (V8 ${process.versions.v8})`,
      pinned: pinning(),
    },
    versions: Object.fromEntries(names.map((name) => [name, versionOf(name)])),
  }
}

/** The packages of these contenders of the core's rows. */
export function poolPackages(contenders: readonly string[]): string[] {
  const others = peers.filter((name) => contenders.includes(name))
  return contenders.includes('millpond') ? ['@millpond/core', ...others] : others
}
