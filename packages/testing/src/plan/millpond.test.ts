import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import packageJson from '../../package.json'
import { run } from './millpond.js'
import { usage } from './usage.js'

const plan = 'plan --rate=400 --p50=8 --p99=60 --connect=30 --target=5 --duration=20'.split(' ')
const enough = [...plan, '--max=40']
const tooFew = [...plan, '--max=6']

const columns = ['size', 'p50 wait', 'p99 wait', 'max wait', 'utilisation', 'opened', 'timed out']

/** Runs the command as a shell would, on a terminal or not. */
async function shell(argv: readonly string[], isTTY = false) {
  const [stdout, stderr] = [new PassThrough(), Object.assign(new PassThrough(), { isTTY })]
  const code = await run(argv, { stdout, stderr })
  const printed = (stream: PassThrough) => String(stream.read() ?? '')
  return { code, stdout: printed(stdout), stderr: printed(stderr) }
}

describe('millpond plan', { timeout: 20_000 }, () => {
  it('prints a table of sizes with one marked, and why in a sentence', async () => {
    const { code, stdout, stderr } = await shell(enough)
    const [head = '', ...lines] = stdout.split('\n')
    const sentence = lines.splice(lines.indexOf(''))
    expect(head.trim().split(/ {2,}/)).toEqual(columns)
    expect(lines.length).toBeGreaterThan(5)
    for (const line of lines) expect(line).toMatch(/^ +\d+( +[\d.]+){3} +[\d.]+ % +\d+ +\d+( {2}← recommended)?$/)
    const marked = lines.filter((line) => line.endsWith('← recommended'))
    expect(marked).toHaveLength(1)
    const [size, , p99] = marked[0]?.trim().split(/ +/) ?? []
    expect(sentence).toEqual(['', expect.stringContaining(`Use ${size} connections`), ''])
    expect(sentence[1]).toContain(`its p99 wait of ${p99} ms meets the target of 5 ms`)
    expect(stderr).toBe('')
    expect(code).toBe(0)
  })

  it('says that no size meets the target, and what would', async () => {
    const { code, stdout, stderr } = await shell(tooFew)
    expect(stdout).not.toContain('recommended')
    expect(stdout).toMatch(/\n\nNo size up to 6 meets the target of 5 ms: .* This would: 9 connections; or .*\n$/)
    expect(stderr).toBe('')
    expect(code).toBe(1)
  })

  it('prints one JSON document and nothing else with --json', async () => {
    const { code, stdout, stderr } = await shell([...enough, '--json'])
    const document = JSON.parse(stdout)
    expect(Object.keys(document)).toEqual(['request', 'offeredLoad', 'trials', 'recommended', 'remedies', 'advice'])
    expect(document.request).toMatchObject({ rate: 400, p50: 8, p99: 60, connect: 30, target: 5, max: 40, seed: 1 })
    const trial = document.trials.find(({ size }: { size: number }) => size === document.recommended)
    expect(trial).toMatchObject({ meetsTarget: true, timedOut: 0, wait: { p99: expect.any(Number) } })
    expect(document.advice).toContain(`Use ${document.recommended} connections`)
    expect(document.remedies).toBeNull()
    expect([code, stderr]).toEqual([0, ''])

    const none = await shell([...tooFew, '--json'])
    expect(JSON.parse(none.stdout)).toMatchObject({ recommended: null, remedies: { size: 9 } })
    expect(none.code).toBe(1)
  })

  it('prints the same for the same seed, and other figures for another', async () => {
    const { stdout } = await shell(enough)
    expect((await shell(enough)).stdout).toBe(stdout)
    expect((await shell([...enough, '--seed=2'])).stdout).not.toBe(stdout)
  })

  it('shows on a terminal, on stderr, how far it is, and clears that away', async () => {
    const listeners = () => process.listenerCount('SIGINT') + process.listenerCount('SIGTERM')
    const before = listeners()
    const { code, stdout, stderr } = await shell(enough, true)
    expect(stderr).toMatch(/simulating .*\[[=-]+\] \d+ %/)
    const [carriageReturn, clearLine] = ['\u001b[1G', '\u001b[2K']
    expect(stderr.endsWith(`${carriageReturn}${clearLine}`)).toBe(true)
    expect(stdout).toBe((await shell(enough)).stdout)
    expect(code).toBe(0)
    expect(listeners()).toBe(before)
  })

  describe('with --svg', () => {
    let folder = ''
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'millpond-plan-'))
    })
    afterAll(() => rm(folder, { recursive: true }))

    it('writes the plot, and prints the same as without', async () => {
      const file = join(folder, 'plan.svg')
      expect(await shell([...enough, '--svg', file])).toEqual(await shell(enough))
      expect(await readFile(file, 'utf8')).toMatch(/^<svg xmlns="http:\/\/www.w3.org\/2000\/svg" .*<\/svg>\n$/)
    })

    it('says so when the file cannot be written', async () => {
      const file = join(folder, 'nowhere', 'plan.svg')
      const { code, stderr } = await shell([...enough, '--svg', file])
      expect(stderr).toContain(`--svg ${file}: ENOENT`)
      expect(code).toBe(2)
    })
  })
})

describe('millpond', () => {
  it.each([
    ['nothing', [], 'A command is missing'],
    ['a command that it does not know', ['fly'], "There is no command 'fly'"],
    ['an option in the place of a command', ['--rate=5'], "There is no command '--rate=5'"],
    ['an argument that makes no sense', ['plan', '--rate=fast'], '--rate fast: a number is needed'],
    ['an argument missing', ['plan', '--rate=5'], '--p50 is missing'],
    ['an option that it does not know', ['plan', '--speed=5'], "Unknown option '--speed'"],
  ])('given %s, names it and prints the usage, both on stderr', async (_, argv, message) => {
    const { code, stdout, stderr } = await shell(argv)
    expect(stderr.startsWith(message)).toBe(true)
    expect(stderr.endsWith(`\n\n${usage}`)).toBe(true)
    expect(stdout).toBe('')
    expect(code).toBe(2)
  })

  it.each([[['--help']], [['plan', '--help']]])('prints the usage when asked: %j', async (argv) => {
    expect(await shell(argv)).toEqual({ code: 0, stdout: usage, stderr: '' })
  })

  it('prints the version of the package', async () => {
    expect(await shell(['--version'])).toEqual({ code: 0, stdout: `${packageJson.version}\n`, stderr: '' })
  })

  it('names every option of its usage, within the width of a terminal', () => {
    for (const line of usage.split('\n')) expect(line.length).toBeLessThanOrEqual(110)
    for (const name of [
      'rate',
      'p50',
      'p99',
      'connect',
      'target',
      'max',
      'min',
      'timeout',
      'duration',
      'seed',
      'svg',
    ]) {
      expect(usage).toContain(`--${name} <`)
    }
  })
})

it('prints what the README shows', { timeout: 60_000 }, async () => {
  const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8')
  const shown = [...readme.matchAll(/^\$ npx @millpond\/testing (.*)\n([\s\S]*?)```$/gm)]
  expect(shown).toHaveLength(2)
  for (const [, typed = '', printed] of shown) {
    const { stdout } = await shell(typed.replace(/ --svg \S+/, '').split(' '))
    expect(stdout).toBe(printed)
  }
})

describe('the file that is installed as millpond', () => {
  it('runs what tsup builds of this, and is published', async () => {
    const { bin, files } = packageJson
    expect(bin).toEqual({ millpond: './bin/millpond.js' })
    expect(files).toEqual(expect.arrayContaining(['bin', 'dist']))
    const root = new URL('../../', import.meta.url)
    const text = await readFile(new URL(bin.millpond, root), 'utf8')
    expect(text.startsWith('#!/usr/bin/env node\n')).toBe(true)
    expect([...text.matchAll(/import\('(.*?)'\)/g)].map(([, path]) => path)).toEqual(['../dist/millpond.js'])
    expect(await readFile(new URL('tsup.config.ts', root), 'utf8')).toContain("millpond: 'src/plan/millpond.ts'")
  })
})
