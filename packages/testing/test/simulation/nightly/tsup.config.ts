import { defineConfig } from 'tsup'

// Built from the sources, core's included: faster than tsx, whose functions all get their names at run time.
export default defineConfig({
  entry: ['test/simulation/nightly/run.ts', 'test/simulation/nightly/hunter.ts'],
  outDir: 'node_modules/.cache/simulate',
  format: ['esm'],
  target: 'node20',
  noExternal: [/^@millpond\//, /^d3-/, 'eventemitter3'],
  clean: true,
  silent: true,
})
