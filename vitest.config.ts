import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const source = (path: string) => fileURLToPath(new URL(path, import.meta.url))

export const alias = [
  { find: /^@millpond\/core\/machine$/, replacement: source('packages/core/src/machine.ts') },
  { find: /^@millpond\/core\/kit$/, replacement: source('packages/core/src/kit.ts') },
  { find: /^@millpond\/core$/, replacement: source('packages/core/src/index.ts') },
  { find: /^@millpond\/tcp$/, replacement: source('packages/tcp/src/index.ts') },
  { find: /^@millpond\/tcp\/server$/, replacement: source('packages/tcp/src/server.ts') },
  { find: /^@millpond\/database$/, replacement: source('packages/database/src/index.ts') },
  { find: /^@millpond\/database\/pg$/, replacement: source('packages/database/src/pg.ts') },
  { find: /^@millpond\/http$/, replacement: source('packages/http/src/index.ts') },
  { find: /^@millpond\/http\/server$/, replacement: source('packages/http/src/server.ts') },
  { find: /^@millpond\/testing$/, replacement: source('packages/testing/src/index.ts') },
]

export default defineConfig({
  resolve: { alias },
  test: {
    projects: [
      { extends: true, test: { name: 'core', include: ['packages/core/{src,test}/**/*.test.ts'] } },
      { extends: true, test: { name: 'tcp', include: ['packages/tcp/{src,test}/**/*.test.ts'] } },
      { extends: true, test: { name: 'http', include: ['packages/http/{src,test}/**/*.test.ts'] } },
      { extends: true, test: { name: 'database', include: ['packages/database/{src,test}/**/*.test.ts'] } },
      { extends: true, test: { name: 'testing', include: ['packages/testing/{src,test}/**/*.test.ts'] } },
      { extends: true, test: { name: 'bench', include: ['packages/bench/**/*.test.ts'] } },
      { extends: true, test: { name: 'examples', include: ['examples/**/*.test.ts'] } },
      { extends: true, test: { name: 'repository', include: ['test/**/*.test.ts'] } },
    ],
  },
})
