import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import { type BuildOptions, build, type Plugin } from 'esbuild'
import { program } from '../program.js'
import type { ImportSubject } from './import-subject.js'

/** Bytes. */
export interface BundleSize {
  readonly minified: number
  readonly gzip: number
  readonly brotli: number
}

/** As what is published is bundled by who uses it. */
export const minified = {
  bundle: true,
  minify: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  write: false,
  legalComments: 'none',
} as const satisfies BuildOptions

/** Of a module with all that it depends on, minified by esbuild. */
export async function bundleSize({ module, exports, external }: ImportSubject): Promise<BundleSize> {
  const from = JSON.stringify(module)
  const { outputFiles } = await build({
    stdin: {
      contents:
        exports === undefined ? `export * as all from ${from}` : `export { ${exports.join(', ')} } from ${from}`,
      resolveDir: program('worker').cwd,
    },
    ...minified,
    logLevel: 'silent',
    external: [...external],
    plugins: [withoutMissing],
  })
  const code = Buffer.concat(outputFiles.map(({ contents }) => contents))
  const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY } }
  return {
    minified: code.length,
    gzip: gzipSync(code, { level: 9 }).length,
    brotli: brotliCompressSync(code, quality).length,
  }
}

/** What is not installed is left out: drivers name packages that most of their users do not have. */
const withoutMissing: Plugin = {
  name: 'without-missing',
  setup({ onResolve, resolve }) {
    onResolve({ filter: /^[^./]/ }, async ({ path, importer, namespace, resolveDir, kind, pluginData }) => {
      if (pluginData === withoutMissing) return undefined
      const found = await resolve(path, { importer, namespace, resolveDir, kind, pluginData: withoutMissing })
      return found.errors.length === 0 ? found : { path, external: true }
    })
  },
}
