import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { joined, type NewFinding, readArchive, writeArchive } from './archive.js'

const circumstances = {
  machine: { processor: 'slow', cores: 2, memory: '8.0 GiB', kernel: 'Linux 6', node: '20', pinned: 'no' },
  versions: { tarn: '3' },
}
const finding = (table: string, how: Partial<NewFinding> = {}): NewFinding => ({
  findings: { table, verdicts: [], ratios: { 'sequential, × tarn': 2.34567 } },
  isQuick: false,
  seconds: 10.4,
  circumstances,
  ...how,
})

let folder: URL
beforeEach(() => {
  folder = pathToFileURL(`${mkdtempSync(join(tmpdir(), 'millpond-bench-'))}/`)
})
afterEach(() => rmSync(folder, { recursive: true }))

it('keeps the groups that a run did not measure, and replaces those that it did', () => {
  const first = joined(joined({}, 'core/peers', finding('old')), 'core/keys', finding('kept'))
  const second = joined(first, 'core/peers', finding('new'))
  expect(Object.entries(second).map(([name, { table }]) => [name, table])).toEqual([
    ['core/peers', 'new'],
    ['core/keys', 'kept'],
  ])
})

it('remembers how long each way of measuring took', () => {
  const full = joined({}, 'core/peers', finding('full'))
  const both = joined(full, 'core/peers', finding('quick', { isQuick: true, seconds: 2 }))
  expect(both['core/peers']).toMatchObject({ isQuick: true, took: { full: 10, quick: 2 } })
})

it('is read as it was written, whatever the order in which groups came', () => {
  const other = { ...circumstances, versions: { tarn: '4' } }
  const one = joined(joined({}, 'b', finding('B', { circumstances: other })), 'a', finding('A'))
  const two = joined(joined({}, 'a', finding('A')), 'b', finding('B', { circumstances: other }))
  writeArchive(folder, one)
  const text = readFileSync(new URL('findings.json', folder), 'utf8')
  writeArchive(folder, two)
  expect(readFileSync(new URL('findings.json', folder), 'utf8')).toBe(text)
  expect(readArchive(folder)).toEqual({
    a: { ...one.a, ratios: { 'sequential, × tarn': 2.346 } },
    b: { ...one.b, ratios: { 'sequential, × tarn': 2.346 } },
  })
})

it('is empty where nothing was ever written', () => {
  expect(readArchive(folder)).toEqual({})
})
