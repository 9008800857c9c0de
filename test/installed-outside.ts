import { pathToFileURL } from 'node:url'
import type { Options } from 'tsup'

type Plugin = NonNullable<Options['esbuildPlugins']>[number]

/** Leaves what is installed where it is, and bundles only what is ours: the sources of `@millpond/…`. */
export const installedOutside: Plugin = {
  name: 'installed-outside',
  setup(build) {
    build.onResolve({ filter: /^[^./]/ }, async ({ path, kind, resolveDir, pluginData }) => {
      if (pluginData === installedOutside || path.startsWith('node:') || path.startsWith('@millpond/')) return undefined
      const found = await build.resolve(path, { kind, resolveDir, pluginData: installedOutside })
      return { path: found.path === path ? path : pathToFileURL(found.path).href, external: true }
    })
  },
}
