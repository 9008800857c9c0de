import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const source = (path: string) => fileURLToPath(new URL(path, import.meta.url))

export const alias = [
  { find: /^@millpond\/core\/machine$/, replacement: source('packages/core/src/machine.ts') },
  { find: /^@millpond\/core$/, replacement: source('packages/core/src/index.ts') },
  { find: /^@millpond\/tcp$/, replacement: source('packages/tcp/src/index.ts') },
  { find: /^@millpond\/testing$/, replacement: source('packages/testing/src/index.ts') },
]

export default defineConfig({
  resolve: { alias },
  test: {
    projects: [
      { extends: true, test: { name: 'core', include: ['packages/core/{src,test}/**/*.test.ts'] } },
      { extends: true, test: { name: 'tcp', include: ['packages/tcp/{src,test}/**/*.test.ts'] } },
      { extends: true, test: { name: 'testing', include: ['packages/testing/{src,test}/**/*.test.ts'] } },
      { extends: true, test: { name: 'bench', include: ['packages/bench/**/*.test.ts'] } },
      { extends: true, test: { name: 'examples', include: ['examples/**/*.test.ts'] } },
      { extends: true, test: { name: 'repository', include: ['test/**/*.test.ts'] } },
    ],
  },
})
