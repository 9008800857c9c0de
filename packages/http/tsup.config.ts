import { defineConfig } from 'tsup'

export default defineConfig({
  entry: ['src/index.ts', 'src/http2.ts', 'src/server.ts', 'src/undici.ts', 'src/ws.ts'],
  format: ['esm', 'cjs'],
  target: 'node20',
  dts: true,
  clean: true,
  splitting: true,
  treeshake: true,
})
