import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import * as core from '@millpond/core'
import * as machine from '@millpond/core/machine'
import * as database from '@millpond/database'
import * as mysql2 from '@millpond/database/mysql2'
import * as pg from '@millpond/database/pg'
import * as redis from '@millpond/database/redis'
import * as http from '@millpond/http'
import * as http2 from '@millpond/http/http2'
import * as httpServer from '@millpond/http/server'
import * as undici from '@millpond/http/undici'
import * as ws from '@millpond/http/ws'
import * as tcp from '@millpond/tcp'
import * as tcpServer from '@millpond/tcp/server'
import * as testing from '@millpond/testing'
import { describe, expect, it } from 'vitest'
import { isGenerated } from './guide-pages.js'
import { read, root, tableUnder } from './markdown.js'

const entries = [
  core,
  machine,
  tcp,
  tcpServer,
  http,
  http2,
  httpServer,
  undici,
  ws,
  database,
  pg,
  mysql2,
  redis,
  testing,
]
const page = read('docs/troubleshooting.md')

/** The sections whose titles are codes, or the names of classes without one, with their text. */
const sections = new Map(
  [...page.matchAll(/^### `(\w+)`\n(.*?)(?=^#|$(?![\s\S]))/gms)].map(([, title = '', text = '']) => [title, text]),
)

const sources = readdirSync(join(root, 'packages'))
  .filter((name) => name !== 'bench')
  .flatMap((name) => typeScriptOf(`packages/${name}/src`))
  .map(read)

function typeScriptOf(folder: string): string[] {
  const names = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
  return names.filter((name) => /(?<!\.test)\.ts$/.test(name)).map((name) => join(folder, name))
}

/** The classes of errors that are exported and can be made: all but the base of the pool's. */
const classes = [
  ...new Set(
    entries
      .flatMap((entry) => Object.entries<unknown>({ ...entry }))
      .filter(isErrorClass)
      .map(([name]) => name),
  ),
]

function isErrorClass([name, value]: [string, unknown]): boolean {
  return typeof value === 'function' && value.prototype instanceof Error && name !== 'PoolError'
}

/** The codes that a class gives its errors; its own name where it gives none. */
function codesOf(name: string): string[] {
  const source = sources.find((text) => text.includes(`export class ${name} `)) ?? ''
  const [, body = ''] = source.split(`export class ${name} `)
  const [own = ''] = body.split(/^}/m)
  const declared = /readonly code(?:: ([^\n]*)| = (.*))/.exec(own)?.slice(1).join(' ') ?? ''
  const codes = [...declared.matchAll(/'([A-Z0-9_]+)'/g), ...own.matchAll(/\?\? '([A-Z0-9_]+)'/g)].map(
    ([, code = '']) => code,
  )
  return codes.length > 0 ? codes : [name]
}

describe('the page of errors', () => {
  it('is about a good number of classes', () => {
    expect(classes.length).toBeGreaterThan(30)
  })

  it.each(classes)('has an entry for each code of %s, which names the class', (name) => {
    for (const code of codesOf(name)) expect(sections.get(code), code).toContain(`\`${name}\``)
  })

  it.each([...sections.keys()])('has an entry %s that is a code of the sources, or a class', (title) => {
    const isCode = sources.some((text) => text.includes(`'${title}'`))
    expect(isCode || classes.includes(title)).toBe(true)
    expect(classes.flatMap(codesOf).includes(title) || /^(POOL|PROTOCOL)_/.test(title)).toBe(true)
  })

  it.each([...sections])('says of %s what it means and what to change', (_, text) => {
    expect(text).toMatch(/\*\*Likely\*\*/)
    expect(text).toMatch(/\*\*Change\*\*/)
  })

  it('says of each reason of a pool why it ends a connection', () => {
    const union =
      /export type CloseReason =([^\n]*\n(?: {2}\|.*\n)+)/.exec(read('packages/core/src/adapter/adapter.ts'))?.[1] ?? ''
    const reasons = [...union.matchAll(/'([\w-]+)'/g)].map(([, reason = '']) => reason)
    const listed = tableUnder('## Why a connection ended', page).map(([reason]) => reason?.replaceAll('`', ''))
    expect(reasons.length).toBeGreaterThan(10)
    expect(listed).toEqual(reasons)
  })
})

it('takes no page of the guide for a generated one', () => {
  expect(isGenerated('docs/troubleshooting.md')).toBe(false)
  expect(isGenerated('docs/reference/index.md')).toBe(true)
})
