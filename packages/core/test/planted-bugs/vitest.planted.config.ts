import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { alias } from '../../../../vitest.config.js'
import { plant } from './plant.js'

const bug = process.env.PLANTED_BUG

/** The model alone, on code with a bug in it. */
export default defineConfig({
  root: fileURLToPath(new URL('../../../..', import.meta.url)),
  resolve: { alias },
  plugins: bug === undefined ? [] : [plant(bug)],
  test: { include: [fileURLToPath(new URL('hunt.ts', import.meta.url))] },
})
