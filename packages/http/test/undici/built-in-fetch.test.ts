import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const tsx = createRequire(import.meta.url).resolve('tsx')
const program = fileURLToPath(new URL('built-in-fetch.ts', import.meta.url))
const folder = fileURLToPath(new URL('../..', import.meta.url))

it('the fetch built into the present Node works through a dispatcher', { timeout: 30_000 }, async () => {
  // From the package's folder: tsx takes the paths of the packages from its tsconfig.json.
  const child = spawn(process.execPath, ['--import', tsx, program], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [said, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')])
  expect(code).toBe(0)
  expect(said).toContain(`undici ${process.versions.undici}`)
})
