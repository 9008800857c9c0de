import { defineConfig } from 'tsup'

export default defineConfig({
  entry: ['src/index.ts', 'src/machine.ts', 'src/kit.ts'],
  format: ['esm', 'cjs'],
  target: 'node20',
  dts: true,
  clean: true,
  splitting: true,
  treeshake: true,
  // Loading CommonJS from a folder of its own would take as long as all the rest of the import.
  noExternal: ['eventemitter3'],
})
