import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { bundleSize } from './bundle.js'
import { type ImportSubject, others, ours, takesPart } from './import-subject.js'
import { importTable } from './import-table.js'
import { partOf, partsOfCore, partsTable } from './parts.js'
import { importTime, startUpTimes } from './start-up.js'

const timeout = 60_000
const named = (name: string) => [...ours(), ...others].find((subject) => subject.name === name) as ImportSubject

it('knows every entry of every published package', () => {
  const names = ours().map(({ name }) => name)
  expect(names).toContain('@millpond/core')
  expect(names).toContain('@millpond/core/machine')
  expect(names).toContain('@millpond/http/undici')
  expect(names.some((name) => name.includes('package.json'))).toBe(false)
})

it('leaves out whom --only leaves out', () => {
  expect(takesPart(named('tarn'), ['millpond'])).toBe(false)
  expect(takesPart(named('tarn'), ['tarn'])).toBe(true)
  expect(takesPart(named('undici'), ['tarn'])).toBe(true)
  expect(takesPart({ ...named('tarn'), isOurs: true }, ['tarn'])).toBe(false)
})

/** A folder with a module of two exports, one of which is long and another file's. */
async function madeUp(): Promise<ImportSubject> {
  const folder = await mkdtemp(join(tmpdir(), 'bundle-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const module = join(folder, 'module.js')
  await writeFile(join(folder, 'driver.js'), `export const text = ${JSON.stringify('very long '.repeat(200))}`)
  await writeFile(module, "import 'not-installed'\nexport * from './driver.js'\nexport const short = 1")
  return { name: 'made up', module, external: [], isOurs: false }
}

it('bundles a module with what it depends on and is installed', { timeout }, async () => {
  const size = await bundleSize(await madeUp())
  expect(size.minified).toBeGreaterThan(2000)
  expect(size.gzip).toBeLessThan(size.minified)
  expect(size.brotli).toBeLessThan(size.gzip)
})

it('leaves out of a bundle what is not asked for, and what its user has anyhow', { timeout }, async () => {
  const subject = await madeUp()
  expect((await bundleSize({ ...subject, exports: ['short'] })).minified).toBeLessThan(200)
  expect((await bundleSize({ ...subject, external: ['./driver.js'] })).minified).toBeLessThan(1000)
})

it('takes the time of an import in a fresh process', { timeout }, async () => {
  expect(await importTime('tarn')).toBeGreaterThan(0)
  await expect(importTime('no-such-module')).rejects.toThrow('no-such-module cannot be imported: Error')
})

it('asks each module once a round, and takes off what the import of nothing takes', async () => {
  const asked: string[] = []
  const timeOf = async (module: string) => {
    asked.push(module)
    return module === 'tarn' ? 30 + asked.length / 1000 : 20
  }
  const times = await startUpTimes([named('tarn')], 5, () => {}, timeOf)
  expect(times.get('tarn')?.median).toBeCloseTo(10, 1)
  expect(asked.filter((module) => module === 'tarn')).toHaveLength(5)
  expect(asked).toHaveLength(10)
})

it('writes a line for each module, without a time where only the bundle is of interest', () => {
  const size = { minified: 12_345, gzip: 4000, brotli: 3500 }
  const rows = [
    { name: 'a', startUp: { median: 5.25, spread: 0.04 }, size },
    { name: 'b', size },
  ]
  expect(importTable(rows).split('\n').slice(2)).toEqual([
    '| a | 5.3 ± 0.0 | 12,345 | 4,000 | 3,500 |',
    '| b |  | 12,345 | 4,000 | 3,500 |',
  ])
})

it('tells what a bundle of the core is made of', { timeout }, async () => {
  const parts = await partsOfCore()
  expect([...parts.keys()]).toEqual(expect.arrayContaining(['pool/', 'acquire/', 'keyed/', 'eventemitter3']))
  expect([...parts.values()]).toEqual([...parts.values()].sort((one, other) => other - one))
  expect(partOf('../../node_modules/.pnpm/@a+b@1/node_modules/@a/b/index.js')).toBe('@a/b')
  const two = new Map([
    ['pool/', 3_000],
    ['acquire/', 1_000],
  ])
  expect(partsTable(two).split('\n').slice(2)).toEqual(['| pool/ | 3,000 | 75 % |', '| acquire/ | 1,000 | 25 % |'])
})
