import { defineConfig } from 'tsup'

export default defineConfig({
  entry: ['src/index.ts', 'src/pg.ts'],
  format: ['esm', 'cjs'],
  target: 'node20',
  dts: true,
  clean: true,
  splitting: true,
  treeshake: true,
})
