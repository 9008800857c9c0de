import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'

const folder = fileURLToPath(new URL('..', import.meta.url))

/** The program as it is started by hand. Rejects unless it ends by itself with exit code 0. */
function start(...parts: string[]) {
  const args = ['--import', 'tsx', 'src/main.ts', ...parts]
  return promisify(execFile)(process.execPath, args, { cwd: folder, timeout: 40_000 })
}

describe('the program', { timeout: 60_000 }, () => {
  it('runs all parts, prints what they find, ends by itself and succeeds', async () => {
    const { stdout, stderr } = await start()
    const titles = stdout.split('\n').filter((line) => /^[a-z-]+: /.test(line))
    expect(titles).toHaveLength(8)
    expect(stdout).toContain('50 of 50 requests of 2 ms')
    expect(stdout).not.toContain('✗')
    expect(stdout).toMatch(/\nAll of this holds\.\n$/)
    expect(stderr).toBe('')
  })

  it('runs only the parts that are named', async () => {
    const { stdout } = await start('stale-connections', 'shedding')
    expect(stdout.match(/^[a-z-]+(?=: )/gm)).toEqual(['stale-connections', 'shedding'])
  })

  it('says which parts there are when given another, with exit code 2', async () => {
    await expect(start('sharding')).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringContaining('No part is called sharding; there are tenants, '),
    })
  })
})
