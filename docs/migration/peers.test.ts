import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

/** The peers are installed where they are measured. */
const peer = createRequire(new URL('../../packages/bench/package.json', import.meta.url))

const pageOf = (name: string) => readFileSync(fileURLToPath(new URL(`${name}.md`, import.meta.url)), 'utf8')
const textOf = (module: string) => readFileSync(peer.resolve(module), 'utf8')

/** What a class has beyond what it keeps to itself by an underscore. */
function membersOf({ prototype }: { prototype: object }, ...internal: string[]): string[] {
  const names = Object.getOwnPropertyNames(prototype)
  return names.filter((name) => !name.startsWith('_') && name !== 'constructor' && !internal.includes(name))
}

const namesOf = (text: string, pattern: RegExp) => [
  ...new Set([...text.matchAll(pattern)].map(([, name]) => name ?? '')),
]

/** Names that stand on the page as code, alone or as a call. */
function missing(page: string, names: readonly string[]): string[] {
  const code = [...pageOf(page).matchAll(/`([^`\n]+)`/g)].map(([, text]) => text ?? '')
  return names.filter((name) => !code.some((text) => new RegExp(`(^|[^\\w])${name}($|[^\\w])`).test(text)))
}

/** What stands in the lists of undici's options beside them. */
const ofUndici: ReadonlySet<string> = new Set(['options', 'defaultFactory', 'Infinity'])

describe('a page of migration', () => {
  it('has every option, method and event of generic-pool', () => {
    const { Pool } = peer('generic-pool')
    const options = Object.keys(new (peer('generic-pool/lib/PoolDefaults.js'))())
    const members = membersOf(Pool)
    const events = ['factoryCreateError', 'factoryDestroyError']
    expect(members).toContain('isBorrowedResource')
    expect(missing('generic-pool', [...options, ...members, ...events])).toEqual([])
  })

  it('has every option, method and event of tarn', () => {
    const types = textOf('tarn/dist/Pool.d.ts')
    const [, declared = ''] = /interface PoolOptions<T> \{(.*?)\n\}/s.exec(types) ?? []
    const options = namesOf(declared, /^ {4}(\w+)\??:/gm)
    const events = namesOf(types, /eventName: '(\w+)'/g)
    expect(options).toContain('propagateCreateError')
    expect(events).toContain('poolDestroySuccess')
    const members = membersOf(peer('tarn').Pool)
    expect(missing('tarn', [...options, ...members, ...events])).toEqual([])
  })

  it('has every option, method and event of pg-pool', () => {
    const Pool = peer('pg-pool')
    const events = namesOf(textOf('pg-pool'), /emit\('(\w+)'/g)
    const taken = namesOf(textOf('pg-pool'), /this\.options\.(\w+)/g).filter((name) => name !== 'ssl')
    expect(events).toContain('remove')
    expect(taken).toContain('maxLifetimeSeconds')
    expect(missing('pg-pool', [...taken, ...membersOf(Pool, 'newClient'), ...events])).toEqual([])
  })

  it('has every option, method and event of mysql2', () => {
    const pool = peer('mysql2').createPool({})
    const options = Object.keys(pool.config).filter((name) => name !== 'connectionConfig')
    const BasePool = Object.getPrototypeOf(pool.constructor)
    const source = readFileSync(join(dirname(peer.resolve('mysql2')), 'lib/base/pool.js'), 'utf8')
    const events = namesOf(source, /emit\('(\w+)'/g).filter((name) => name !== 'error')
    expect(options).toContain('resetOnRelease')
    expect(missing('mysql2', [...options, ...membersOf(BasePool), ...events])).toEqual([])
  })

  it('has every option and count of agentkeepalive', () => {
    const { HttpAgent } = peer('agentkeepalive')
    const agent = new HttpAgent()
    const types = textOf('agentkeepalive/index.d.ts')
    const [, declared = ''] = /interface CommonHttpOption \{(.*?)\n {2}\}/s.exec(types) ?? []
    const options = namesOf(declared, /^ {4}(\w+)\??:/gm)
    expect(options).toContain('socketActiveTTL')
    const counts = Object.keys(agent.getCurrentStatus())
    expect(missing('agentkeepalive', [...options, ...counts, 'getCurrentStatus', 'statusChanged'])).toEqual([])
  })

  it('has every option of undici’s Agent and Pool', () => {
    const namesIn = (file: string, pattern: RegExp) => {
      const [, declared = ''] = pattern.exec(textOf(`undici/lib/dispatcher/${file}.js`)) ?? []
      return namesOf(declared, /(?:^|[\s,{(])(\w+)(?= =|,|\s*$|\s*})/gm).filter((name) => !ofUndici.has(name))
    }
    const agent = namesIn('agent', /constructor \(\{(.*?)\} = \{\}\)/s)
    const pool = namesIn('pool', /constructor \(origin, \{(.*?)\} = \{\}\)/s)
    expect(pool).toContain('clientTtl')
    expect(agent).toContain('maxOrigins')
    expect(missing('undici', [...agent, ...pool])).toEqual([])
  })
})
