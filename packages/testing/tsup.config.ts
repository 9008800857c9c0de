import { defineConfig } from 'tsup'

export default defineConfig({
  entry: { index: 'src/index.ts', millpond: 'src/plan/millpond.ts' },
  format: ['esm', 'cjs'],
  target: 'node20',
  dts: { entry: 'src/index.ts' },
  clean: true,
  splitting: true,
  treeshake: true,
  // Published as ES modules only, which jest's `require` does not load.
  noExternal: [/^d3-/],
})
