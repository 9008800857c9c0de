import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { contenderNames } from '../contenders/index.js'

/** A module that users import. */
export interface ImportSubject {
  /** In the table. */
  readonly name: string
  /** What an import statement names: a package, or the path of a file. */
  readonly module: string
  /** What a bundle takes of it. Default all. */
  readonly exports?: readonly string[]
  /** Packages that its user has anyhow: no part of its bundle. */
  readonly external: readonly string[]
  readonly isOurs: boolean
}

interface Manifest {
  readonly name: string
  readonly exports: Readonly<Record<string, string | { readonly import: { readonly default: string } }>>
  readonly peerDependencies?: Readonly<Record<string, string>>
}

export const packages = join(createRequire(import.meta.url).resolve('@millpond/core/package.json'), '..', '..')

/** Every entry of every package that is published. */
export function ours(): ImportSubject[] {
  return ['core', 'tcp', 'http', 'database', 'testing'].flatMap((name) => entriesOf(join(packages, name)))
}

function entriesOf(folder: string): ImportSubject[] {
  const {
    name,
    exports,
    peerDependencies = {},
  } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest
  return Object.entries(exports).flatMap(([path, entry]) =>
    typeof entry === 'string'
      ? []
      : [
          {
            name: name + path.slice(1),
            module: join(folder, entry.import.default),
            external: Object.keys(peerDependencies),
            isOurs: true,
          },
        ],
  )
}

const peer = (name: string, exports?: readonly string[]): ImportSubject => ({
  name,
  module: name,
  ...(exports && { exports }),
  external: [],
  isOurs: false,
})

/** Pools of nothing in particular, as the core is. */
export const corePeers = ['generic-pool', 'lightning-pool', 'sequelize-pool', 'tarn']

const effectExports = ['Effect', 'Exit', 'Pool', 'Scope']

export const others: readonly ImportSubject[] = [
  ...corePeers.map((name) => peer(name)),
  peer('effect', effectExports),
  ...['pg-pool', 'pg', 'postgres', 'mysql2', 'mongodb', 'knex', 'agentkeepalive', 'undici'].map((name) => peer(name)),
]

/** Those of the core's contenders that `--only` leaves out are left out here, too. */
export function takesPart({ name, isOurs }: ImportSubject, contenders: readonly string[]): boolean {
  if (isOurs) return contenders.includes('millpond')
  return contenders.includes(name) || !contenderNames.some((known) => known === name)
}
