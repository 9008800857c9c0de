import { defineConfig } from 'tsup'

// Compiled, not run by tsx: its helpers would weigh on what is measured.
export default defineConfig({
  entry: [
    'src/main.ts',
    'src/worker.ts',
    'src/costs/probe-worker.ts',
    'src/database/trial-worker.ts',
    'src/http/closing-server.ts',
    'src/http/memory-worker.ts',
    'src/http/server.ts',
    'src/imports/import-worker.ts',
    'src/imports/nothing.ts',
  ],
  format: ['esm'],
  target: 'node20',
  clean: true,
})
