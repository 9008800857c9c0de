import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const folder = fileURLToPath(new URL('../..', import.meta.url))

function start(...args: string[]): Promise<{ code: unknown; out: string; err: string }> {
  return new Promise((resolve) => {
    const argv = ['--import', 'tsx', 'src/restart/main.ts', ...args]
    execFile(process.execPath, argv, { cwd: folder }, (error, out, err) =>
      resolve({ code: error?.code ?? 0, out, err }),
    )
  })
}

it('loses nothing that was acknowledged over a restart of the server, and is back at once', {
  timeout: 60_000,
}, async () => {
  const { code, out, err } = await start('2')
  expect(out).toMatch(/^ +pg\.Pool +millpond$/m)
  expect(out.match(/^✓ /gm), out).toHaveLength(3)
  expect([code, err]).toEqual([0, ''])
})

it('refuses seconds that make no sense', async () => {
  expect(await start('soon')).toMatchObject({ code: 2, err: expect.stringContaining('soon: seconds of each run') })
})
