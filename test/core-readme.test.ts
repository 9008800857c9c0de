import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import * as core from '@millpond/core'
import { describe, expect, it } from 'vitest'
import { interfacesOf } from '../packages/core/build/interface-members.js'
import { read, root, tableUnder } from './markdown.js'

const readme = read('packages/core/README.md')
const architecture = read('packages/core/ARCHITECTURE.md')
const unquoted = (cell = '') => [...cell.matchAll(/`([^`]*)`/g)].map(([, word = '']) => word)

function membersOf(file: string, name: string) {
  const members = interfacesOf(join(root, 'packages/core/src', file)).get(name)
  if (members === undefined) throw new Error(`${file} has no interface ${name}`)
  return members
}

describe('the README of @millpond/core', () => {
  it('lists every event of PoolEvents with what is in its payload', () => {
    const listed = tableUnder('## Events', readme).map(([event, payload]) => [...unquoted(event), ...unquoted(payload)])
    const declared = membersOf('pool/pool-events.ts', 'PoolEvents').map(({ name, type }) => {
      const payload = [...type.matchAll(/readonly (\w+)\??:/g)].map(([, field = '']) => field)
      return [name, ...payload.filter((field) => field !== 'pool' && field !== 'key')]
    })
    expect(listed).toEqual(declared)
  })

  it('lists every class of error that is exported, with its code', () => {
    const listed = tableUnder('## Errors', readme).map(([code, name]) => [...unquoted(code), unquoted(name)[0]])
    const folder = 'packages/core/src/errors'
    const made = readdirSync(join(root, folder)).flatMap((file) => {
      const source = file.endsWith('.test.ts') ? '' : read(join(folder, file))
      const [, code] = /readonly code = '(\w+)'/.exec(source) ?? []
      const [, name] = /export class (\w+)/.exec(source) ?? []
      return code === undefined || name === undefined ? [] : [[code, name]]
    })
    expect(listed.sort()).toEqual(made.sort())
    expect(Object.keys(core)).toEqual(expect.arrayContaining(made.map(([, name]) => name)))
  })

  it('lists every member of the adapter contract, and says which ones are required', () => {
    const listed = tableUnder('## Adapters', readme).map(([name, need]) => [...unquoted(name), need])
    const declared = membersOf('adapter/adapter.ts', 'Adapter').map(({ name, optional }) => {
      return [name, optional ? 'optional' : 'required']
    })
    expect(listed).toEqual(declared)
  })

  it('gives a reason for every runtime dependency', () => {
    const listed = tableUnder('## Dependencies', readme).map(([name]) => /\[(.*)\]/.exec(name ?? '')?.[1])
    const { dependencies } = JSON.parse(read('packages/core/package.json'))
    expect(listed).toEqual(Object.keys(dependencies))
  })
})

describe('ARCHITECTURE.md of @millpond/core', () => {
  const invariants = tableUnder('## The invariants', architecture)

  it('numbers twelve invariants', () => {
    expect(invariants.map(([number]) => number)).toEqual(Array.from({ length: 12 }, (_, i) => String(i + 1)))
  })

  it.each(invariants)('names tests that cite invariant %s: %s', (number = '', _, tests = '') => {
    const files = [...tests.matchAll(/\]\((.*?)\)/g)].map(([, file = '']) => file)
    expect(files).not.toHaveLength(0)
    const cited = new RegExp(`invariants?\\b[^')]*\\b${number}\\b|new Violation\\(${number},`)
    for (const file of files) expect(read(join('packages/core', file)), file).toMatch(cited)
  })
})
