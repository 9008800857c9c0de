import { defineConfig } from 'tsup'

// Compiled, not run by tsx: its helpers would weigh on what is measured.
export default defineConfig({
  entry: [
    'src/core.ts',
    'src/database.ts',
    'src/http.ts',
    'src/worker.ts',
    'src/database/trial-worker.ts',
    'src/http/closing-server.ts',
    'src/http/memory-worker.ts',
    'src/http/server.ts',
  ],
  format: ['esm'],
  target: 'node20',
  clean: true,
})
