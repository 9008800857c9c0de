import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Bench } from './bench.js'
import { run } from './command.js'
import type { Plot } from './plots/plot.js'
import type { RowGroup, Run } from './row-group.js'

const plot = (file: string): Plot => ({
  file,
  title: file,
  kind: 'bars',
  x: { title: '' },
  y: { title: 'figure' },
  series: [{ name: 'figure', points: [['millpond', 1]] }],
})

let folder: URL
let said: string
let runs: Run[]
let figures: Record<string, number>
let bench: Bench

/** A group that measures nothing and finds what `figures` has for it. */
function made(name: string): RowGroup {
  return {
    title: `About ${name}`,
    marker: name,
    async measure(run) {
      runs.push(run)
      if (!run.contenders.includes('millpond')) return undefined
      run.progress(`measuring ${name}\n`)
      const figure = figures[name] ?? 0
      return {
        table: `| ${name} | ${figure} |`,
        verdicts: [`reached  ${name}`],
        ratios: { '× peer': figure, 'not steady': Math.random() },
        plots: [plot(`${name}-plot`)],
      }
    },
  }
}

beforeEach(() => {
  folder = pathToFileURL(`${mkdtempSync(join(tmpdir(), 'millpond-bench-'))}/`)
  said = ''
  runs = []
  figures = { small: 10, large: 20 }
  bench = {
    suites: {
      tiny: {
        title: 'Tiny',
        contenders: { millpond: 'ours', peer: 'as it is' },
        rowGroups: { small: made('small'), large: made('large') },
      },
    },
    checked: [
      { name: 'tiny/small', ratios: ['× peer'], isQuick: true },
      { name: 'tiny/large', only: ['millpond'], ratios: ['× peer'], isQuick: false },
    ],
    readme: new URL('README.md', folder),
    report: new URL('report/', folder),
    print: (text) => {
      said += text
    },
  }
  const markers = (name: string) => `<!-- ${name}: begin -->\n<!-- ${name}: end -->\n`
  writeFileSync(bench.readme, `# Read me\n${markers('small')}${markers('large')}`)
})
afterEach(() => rmSync(folder, { recursive: true }))

const written = (file: string) => readFileSync(new URL(file, bench.report), 'utf8')

describe('the command', () => {
  it('measures everything, says how far it is, and tells tables and verdicts', async () => {
    expect(await run(bench, ['--quick'])).toBe(0)
    expect(runs.map(({ isQuick, contenders }) => [isQuick, contenders])).toEqual([
      [true, ['millpond', 'peer']],
      [true, ['millpond', 'peer']],
    ])
    expect(said).toContain('[1 of 2] tiny/small\nmeasuring small\n')
    expect(said).toContain('| large | 20 |')
    expect(said).toMatch(/reached {2}small\nreached {2}large\n\nmeasured in 0\.0 minutes\n$/)
    expect(existsSync(bench.report)).toBe(false)
  })

  it('writes the findings, the report, its plots and the tables of the README', async () => {
    await run(bench, ['--write'])
    expect(readdirSync(bench.report).sort()).toEqual(['findings.json', 'large-plot.svg', 'report.md', 'small-plot.svg'])
    expect(written('report.md')).toMatch(/## Tiny[\s\S]+### About small[\s\S]+\| small \| 10 \|[\s\S]+### About large/)
    expect(written('small-plot.svg')).toContain('<title>small-plot</title>')
    expect(readFileSync(bench.readme, 'utf8')).toContain(
      '<!-- large: begin -->\n\n| large | 20 |\n\n<!-- large: end -->',
    )
  })

  it('writes a headline into another file, too', async () => {
    const front = new URL('FRONT.md', folder)
    writeFileSync(front, '<!-- small: begin -->\n<!-- small: end -->\n')
    await run({ ...bench, headlines: { 'tiny/small': front } }, ['--write'])
    expect(readFileSync(front, 'utf8')).toBe('<!-- small: begin -->\n\n| small | 10 |\n\n<!-- small: end -->\n')
  })

  it('replaces, when some rows are measured again, those alone, and knows how long they will take', async () => {
    await run(bench, ['--write'])
    figures = { small: 11, large: 21 }
    said = ''
    await run(bench, ['tiny', '--rows', 'large', '--write'])
    expect(said).toMatch(/\[1 of 1\] tiny\/large, about \d+ s left\n/)
    expect(written('report.md')).toContain('| small | 10 |')
    expect(written('report.md')).toContain('| large | 21 |')
    expect(JSON.parse(written('findings.json')).groups).toMatchObject({
      'tiny/small': { ratios: { '× peer': 10 } },
      'tiny/large': { ratios: { '× peer': 21 } },
    })
    expect(readFileSync(bench.readme, 'utf8')).toMatch(/\| small \| 10 \|[\s\S]+\| large \| 21 \|/)
  })

  it('forgets the findings and plots of rows that there are no longer', async () => {
    await run(bench, ['--write'])
    const { small } = bench.suites.tiny?.rowGroups ?? {}
    const left = { ...bench, suites: { tiny: { ...bench.suites.tiny, rowGroups: { small } } } } as Bench
    await run(left, ['--write'])
    expect(readdirSync(bench.report).sort()).toEqual(['findings.json', 'report.md', 'small-plot.svg'])
    expect(Object.keys(JSON.parse(written('findings.json')).groups)).toEqual(['tiny/small'])
  })

  it('measures nothing where the README has no place for a table', async () => {
    writeFileSync(bench.readme, '# Read me\n')
    await expect(run(bench, ['--write'])).rejects.toThrow('no markers <!-- small: begin -->')
    expect(runs).toEqual([])
  })

  it('fails, naming it, for an argument that makes no sense, and when nobody has a row', async () => {
    expect(await run(bench, ['--rows', 'none'])).toBe(1)
    expect(said).toContain('no group of rows is called none; there are small, large')
    expect(await run(bench, ['--only', 'peer'])).toBe(1)
    expect(said).toContain('--only leaves out')
  })
})

describe('the regression check', () => {
  it('passes while the ratios are what they were, measured as the baseline was', async () => {
    expect(await run(bench, ['--baseline'])).toBe(0)
    expect(JSON.parse(written('baseline.json'))).toEqual({ 'tiny/small: × peer': 10, 'tiny/large: × peer': 20 })
    runs = []
    expect(await run(bench, ['--check'])).toBe(0)
    expect(runs.map(({ isQuick, contenders }) => [isQuick, contenders])).toEqual([
      [true, ['millpond', 'peer']],
      [false, ['millpond']],
    ])
    expect(said).toMatch(/^ratios: 2 passed, 0 failed$/m)
  })

  it('takes the median of three times as the baseline', async () => {
    const small = bench.suites.tiny?.rowGroups.small as RowGroup
    let time = 0
    const varying = {
      ...small,
      measure: (run: Run) => {
        figures.small = [10, 30, 20][time++] as number
        return small.measure(run)
      },
    }
    const tiny = { title: 'Tiny', contenders: { millpond: 'ours' }, rowGroups: { small: varying } }
    await run({ ...bench, suites: { tiny }, checked: [{ name: 'tiny/small', ratios: ['× peer'], isQuick: true }] }, [
      '--baseline',
    ])
    expect(JSON.parse(written('baseline.json'))).toEqual({ 'tiny/small: × peer': 20 })
  })

  it('measures what is below 0.8 of the baseline again, and fails when it stays there', async () => {
    await run(bench, ['--baseline'])
    figures = { small: 7, large: 19 }
    runs = []
    said = ''
    expect(await run(bench, ['--check'])).toBe(1)
    expect(runs).toHaveLength(3)
    expect(said).toContain(
      "below the baseline twice in a row:\n  tiny/small: × peer: 7.00, which is 0.70 of the baseline's 10.00 (at least 0.8)\n",
    )
    expect(said).toMatch(/^ratios: 1 passed, 1 failed$/m)
  })

  it('fails where there is no baseline', async () => {
    expect(await run(bench, ['--check'])).toBe(1)
    expect(said).toContain('no baseline')
  })
})
