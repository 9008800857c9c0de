import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const source = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/** The fixture as CommonJS, in a folder of its own: jest neither reads TypeScript nor looks into node_modules. */
export async function bundleFixture(): Promise<{ folder: string; file: string; remove(): Promise<void> }> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'millpond-runners-')))
  const file = join(folder, 'fixture.cjs')
  await build({
    entryPoints: [source('runner-fixture.ts')],
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    outfile: file,
    logLevel: 'error',
  })
  return { folder, file, remove: () => rm(folder, { recursive: true }) }
}
