// Every gate of `npm run check`. A gate resolves with what it has to tell, or rejects with a Failure.

import { join } from 'node:path'
import { Failure, quietly, root } from './commands.mjs'
import { importPackedTarballs } from './packed.mjs'
import { pnpm, pnpmEnvironment } from './pnpm.mjs'
import { publishedPackages, typedFolders } from './workspace.mjs'

const tool = (path, args, options) => quietly(process.execPath, [join(root, 'node_modules', path), ...args], options)

/** Runs all, even after a failure, and fails with what every failing one printed. */
async function each(folders, run) {
  const failures = []
  for (const folder of folders) {
    await run(folder).catch((error) => {
      if (!(error instanceof Failure)) throw error
      failures.push(`${folder}: ${error.message}\n${error.output}`)
    })
  }
  if (failures.length > 0) throw new Failure(`${failures.length} of ${folders.length} failed`, failures.join('\n\n'))
}

async function build() {
  await pnpm(['-r', 'build'])
}

async function lint() {
  await tool('@biomejs/biome/bin/biome', ['ci', '--colors=off', '--error-on-warnings', '.'])
}

async function types() {
  await each(typedFolders(), (folder) => tool('typescript/bin/tsc', ['-p', join(root, folder)]))
}

async function knip() {
  await tool('knip/bin/knip.js', ['--no-progress'])
}

async function imports() {
  await tool('dependency-cruiser/bin/dependency-cruise.mjs', [
    '--config',
    '.dependency-cruiser.cjs',
    'packages',
    'examples',
    'test',
  ])
}

async function publint() {
  const env = await pnpmEnvironment()
  await each(publishedPackages(), (folder) =>
    tool('publint/src/cli.js', ['--strict'], { cwd: join(root, folder), env }),
  )
}

async function attw() {
  // node10 knows no subpath exports and is below what we support.
  const args = ['--pack', '.', '--profile', 'node16', '--no-color', '--no-emoji']
  await each(publishedPackages(), (folder) =>
    tool('@arethetypeswrong/cli/dist/index.js', args, { cwd: join(root, folder) }),
  )
}

/** `after: build` means that the gate looks at what the build made. */
export const gates = [
  { name: 'build', about: 'every package builds', run: build },
  { name: 'lint', about: 'format and lint', run: lint },
  { name: 'types', about: 'tsc of each package, example and test/', run: types },
  { name: 'knip', about: 'nothing unused: files, exports, dependencies', run: knip },
  { name: 'imports', about: 'import direction, no circles', run: imports },
  { name: 'publint', about: 'package.json of what is published', run: publint, after: 'build' },
  { name: 'attw', about: 'types resolve from ESM and CommonJS', run: attw, after: 'build' },
  { name: 'packed', about: 'packed tarballs, installed and imported', run: importPackedTarballs, after: 'build' },
]
