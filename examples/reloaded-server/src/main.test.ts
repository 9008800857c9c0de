import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const folder = fileURLToPath(new URL('..', import.meta.url))

function start(...args: string[]): Promise<{ code: unknown; out: string; err: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, ['--import', 'tsx', 'src/main.ts', ...args], { cwd: folder }, (error, out, err) =>
      resolve({ code: error?.code ?? 0, out, err }),
    )
  })
}

it('asks a server that is reloaded three times, and loses no answer on pooled connections', {
  timeout: 60_000,
}, async () => {
  const { code, out, err } = await start('2')
  expect(out).toMatch(/^ +not pooled +pooled$/m)
  expect(out).toMatch(/^✓ every request was answered, 0 failed$/m)
  expect(out.match(/^✓ /gm), out).toHaveLength(4)
  expect([code, err]).toEqual([0, ''])
})

it('refuses seconds that make no sense', async () => {
  expect(await start('soon')).toMatchObject({ code: 2, err: expect.stringContaining('soon: seconds of each run') })
})
