// What a user gets: every published package packed, found fit to be published, and installed from its tarball into an
// empty project. There each of its entries is imported from ESM, required from CommonJS and type-checked from both, and
// the README's examples are run.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Failure, quietly, root } from './commands.mjs'
import { examine } from './examine-tarballs.mjs'
import { runReadmeExamples } from './readme-example.mjs'
import { pack } from './tarballs.mjs'
import { manifest, publishedPackages } from './workspace.mjs'

export async function importPackedTarballs() {
  const project = mkdtempSync(join(tmpdir(), 'millpond-packed-'))
  try {
    return await importIn(project)
  } finally {
    rmSync(project, { recursive: true, force: true })
  }
}

async function importIn(project) {
  const folders = publishedPackages()
  const tarballs = await pack(join(project, 'tarballs'))
  await examine(tarballs)

  writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'packed', private: true }))
  await quietly(
    'npm',
    [
      'install',
      '--no-audit',
      '--no-fund',
      '--prefer-offline',
      ...tarballs.map(({ path }) => path),
      ...folders.flatMap(drivers),
    ],
    { cwd: project },
  )

  const entries = folders.flatMap(entriesOf)
  const names = []
  for (const entry of entries) names.push(`${entry}: ${(await sameNames(project, entry)).join(', ')}`)
  await checkTypes(project, entries)
  const examples = await runReadmeExamples(project, (folder, sources) => tsc(folder, sources, { outDir: 'out' }))
  return [...names, ...examples].join('\n')
}

/** What a user of the package's drop-ins has: the optional peers, their types among them. */
function drivers(folder) {
  const { peerDependencies = {}, devDependencies = {} } = manifest(folder)
  const names = Object.keys(peerDependencies)
  return names.filter((name) => name in devDependencies).map((name) => `${name}@${devDependencies[name]}`)
}

function entriesOf(folder) {
  const { name, exports } = manifest(folder)
  const paths = Object.keys(exports).filter((path) => !path.endsWith('.json'))
  return paths.map((path) => name + path.slice(1))
}

async function sameNames(project, entry) {
  const print =
    'console.log(JSON.stringify(Object.keys(entry).filter((name) => !/^(default|module\\.exports)$/.test(name)).sort()))'
  const inProject = { cwd: project }
  const imported = `import * as entry from '${entry}'; ${print}`
  const required = `const entry = require('${entry}'); ${print}`
  const esm = await quietly(process.execPath, ['--input-type=module', '-e', imported], inProject)
  const cjs = await quietly(process.execPath, ['--input-type=commonjs', '-e', required], inProject)
  if (esm !== cjs) throw new Failure(`${entry} exports other names to ESM than to CommonJS`, `ESM: ${esm}CJS: ${cjs}`)
  const names = JSON.parse(esm)
  if (names.length === 0) throw new Failure(`${entry} exports nothing`)
  return names
}

async function checkTypes(project, entries) {
  const uses = entries.map(
    (entry, index) =>
      `import * as entry${index} from '${entry}'\nexport const names${index}: string[] = Object.keys(entry${index})\n`,
  )
  writeFileSync(join(project, 'esm.mts'), uses.join(''))
  writeFileSync(join(project, 'cjs.cts'), uses.join(''))
  await tsc(project, ['esm.mts', 'cjs.cts'], { noEmit: true })
}

/** Compiles with the declarations that are installed. */
async function tsc(folder, files, options) {
  const compilerOptions = {
    module: 'node16',
    moduleResolution: 'node16',
    target: 'es2022',
    lib: ['es2023', 'esnext.disposable'],
    strict: true,
    // The declarations themselves are what is checked here.
    skipLibCheck: false,
    types: ['node'],
    typeRoots: [join(root, 'node_modules', '@types')],
    ...options,
  }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files }))
  await quietly(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', folder])
}
