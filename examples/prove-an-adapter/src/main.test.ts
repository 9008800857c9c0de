import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, it } from 'vitest'

const folder = fileURLToPath(new URL('..', import.meta.url))
const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')

/** The program as it is started by hand. */
function start(): Promise<{ code: unknown; tap: string }> {
  // Node's runner takes a child of another for a part of it.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env
  return new Promise((resolve) => {
    execFile(process.execPath, ['--import', 'tsx', 'src/main.ts'], { cwd: folder, env }, (error, tap) =>
      resolve({ code: error?.code ?? 0, tap }),
    )
  })
}

/** Without the times, which differ from run to run. */
function steps(text: string): string[] {
  return text.split('\n').flatMap((line) => line.match(/^ *\d+ ms {2}(.*)$/)?.slice(1) ?? [])
}

describe('the adapter with the planted bug', { timeout: 60_000 }, () => {
  let code: unknown
  let tap = ''
  beforeAll(async () => {
    const started = await start()
    code = started.code
    tap = started.tap
  }, 60_000)

  it('keeps every clause that looks at one connection, and fails the random programs alone', () => {
    expect(tap.match(/^ *not ok \d+ - .*/gm)).toEqual([
      expect.stringMatching(/not ok \d+ - keeps the promises of a pool in up to 200 random programs/),
      expect.stringMatching(/^not ok 1 - the line protocol, with a bug/),
    ])
    expect(code).toBe(1)
  })

  it('is shown by a short timeline, and how to run it again', () => {
    expect(tap).toMatch(/borrower \d found on connection \d what an earlier borrower had left there \(invariant 8\)/)
    expect(steps(tap).length).toBeLessThan(25)
    expect(steps(tap)).toContainEqual(expect.stringMatching(/^borrower \d: (dirty|use, dirty)/))
    expect(tap).toMatch(/give the suite \{ seed: 3, path: '[\d:]+' \}/)
  })

  it('is shown in the README as it is printed', () => {
    const words = (text: string) => new Set(steps(text).map((step) => step.trim().replaceAll(/\d+/g, 'n')))
    expect(readme).toContain('what an earlier borrower had left there (invariant 8)')
    expect([...words(readme)]).toEqual(expect.arrayContaining([...words(tap)].slice(0, 3)))
  })
})
