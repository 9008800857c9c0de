import { join } from 'node:path'
import { build } from 'esbuild'
import { count, markdownTable } from '../markdown.js'
import { minified } from './bundle.js'
import { packages } from './import-subject.js'

const sources = join(packages, 'core', 'src')

/** How many bytes of a minified bundle of the core come of each folder of its sources, the most first; and of each
 * package that it brings along. */
export async function partsOfCore(): Promise<ReadonlyMap<string, number>> {
  const { metafile } = await build({
    stdin: { contents: "export * from './index.js'", resolveDir: sources, loader: 'ts' },
    absWorkingDir: sources,
    ...minified,
    metafile: true,
  })
  const parts = new Map<string, number>()
  for (const { inputs } of Object.values(metafile.outputs)) {
    for (const [path, { bytesInOutput }] of Object.entries(inputs)) {
      const part = partOf(path)
      if (bytesInOutput > 0) parts.set(part, (parts.get(part) ?? 0) + bytesInOutput)
    }
  }
  return new Map([...parts].sort(([, one], [, other]) => other - one))
}

/** `path` is relative to the sources. */
export function partOf(path: string): string {
  const [, installed] = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path) ?? []
  return installed ?? (path.includes('/') ? `${path.slice(0, path.indexOf('/'))}/` : 'entry')
}

/** The table, in Markdown. */
export function partsTable(parts: ReadonlyMap<string, number>): string {
  const all = [...parts.values()].reduce((sum, bytes) => sum + bytes, 0)
  const lines = [...parts].map(([part, bytes]) => [part, count(bytes), `${((100 * bytes) / all).toFixed(0)} %`])
  return markdownTable(['part of `@millpond/core`', 'bytes, minified', 'of all'], lines)
}
