import { defineConfig } from 'tsup'

// Compiled, not run by tsx: its helpers would weigh on what is measured.
export default defineConfig({
  entry: ['src/core.ts', 'src/worker.ts'],
  format: ['esm'],
  target: 'node20',
  clean: true,
})
