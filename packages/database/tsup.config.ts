import { defineConfig } from 'tsup'

export default defineConfig({
  entry: ['src/index.ts', 'src/mysql2.ts', 'src/mysql2-callback.ts', 'src/pg.ts', 'src/redis.ts'],
  format: ['esm', 'cjs'],
  target: 'node20',
  dts: true,
  clean: true,
  splitting: true,
  treeshake: true,
})
