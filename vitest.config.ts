import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const source = (path: string) => fileURLToPath(new URL(path, import.meta.url))

const fileOf = (name: string) => source(`packages/${name}.ts`)

export const alias = [
  ['core', 'core/src/index'],
  ['core/kit', 'core/src/kit'],
  ['core/machine', 'core/src/machine'],
  ['database', 'database/src/index'],
  ['database/mysql2', 'database/src/mysql2'],
  ['database/mysql2/callback', 'database/src/mysql2-callback'],
  ['database/pg', 'database/src/pg'],
  ['database/redis', 'database/src/redis'],
  ['http', 'http/src/index'],
  ['http/http2', 'http/src/http2'],
  ['http/server', 'http/src/server'],
  ['http/undici', 'http/src/undici'],
  ['http/ws', 'http/src/ws'],
  ['tcp', 'tcp/src/index'],
  ['tcp/server', 'tcp/src/server'],
  ['testing', 'testing/src/index'],
].map(([name, file]) => ({ find: new RegExp(`^@millpond/${name}$`), replacement: fileOf(file as string) }))

export default defineConfig({
  resolve: { alias },
  test: {
    // Many ask real servers and processes, also on machines that have other things to do.
    testTimeout: 20_000,
    // Half of the time most of them wait for a server: on two processors, two files at once take three fifths of the time.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    projects: [
      { extends: true, test: { name: 'core', include: ['packages/core/{src,test}/**/*.test.ts'] } },
      { extends: true, test: { name: 'tcp', include: ['packages/tcp/{src,test}/**/*.test.ts'] } },
      { extends: true, test: { name: 'http', include: ['packages/http/{src,test}/**/*.test.ts'] } },
      { extends: true, test: { name: 'database', include: ['packages/database/{src,test}/**/*.test.ts'] } },
      { extends: true, test: { name: 'testing', include: ['packages/testing/{src,test}/**/*.test.ts'] } },
      { extends: true, test: { name: 'bench', include: ['packages/bench/**/*.test.ts'] } },
      { extends: true, test: { name: 'examples', include: ['examples/**/*.test.ts'] } },
      { extends: true, test: { name: 'docs', include: ['docs/**/*.test.ts'] } },
      { extends: true, test: { name: 'repository', include: ['test/**/*.test.ts'] } },
    ],
  },
})
