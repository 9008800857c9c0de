import { execFile } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { build } from 'tsup'
import ts from 'typescript'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { guidePages } from './guide-pages.js'
import { installedOutside } from './installed-outside.js'
import { read, root, type Snippet, snippetsOf } from './markdown.js'

const readmes = [
  'README.md',
  'packages/core/README.md',
  'packages/tcp/README.md',
  'packages/http/README.md',
  'packages/database/README.md',
  'packages/testing/README.md',
  'examples/compose-pools/README.md',
  'examples/prove-an-adapter/README.md',
]
const documents = [...readmes, ...guidePages()]
const snippets = documents.flatMap((document) => snippetsOf(document))
const runnable = snippets.filter(({ runs }) => runs)
const project = realpathSync(mkdtempSync(join(tmpdir(), 'millpond-docs-')))

/** A file of its own, with its code on the line on which the document has it. */
function fileOf({ document, line }: Snippet): string {
  return join(project, dirname(document), `${basename(document, '.md')}-${line}.ts`)
}

/** Where it is compiled to: a name of its own, too. */
function programOf({ document, line }: Snippet): string {
  return `${document.replace(/\W/g, '-')}-${line}`
}

/** What the comments `// → …` say that it prints. */
function announcedBy({ code }: Snippet): string[] {
  return [...code.matchAll(/\/\/ → (.*)$/gm)].map(([, line = '']) => line)
}

interface Manifest {
  readonly dependencies?: Record<string, string>
  readonly peerDependencies?: Record<string, string>
  readonly devDependencies?: Record<string, string>
}

const dependenciesOf = ({ dependencies, peerDependencies }: Manifest) => ({ ...dependencies, ...peerDependencies })
const everythingOf = (manifest: Manifest) => ({ ...manifest.devDependencies, ...dependenciesOf(manifest) })

/** Puts what a package needs within reach of the snippets of a folder. */
function install(from: string, folder: string, namesOf: (manifest: Manifest) => Record<string, string>): void {
  for (const name of Object.keys(namesOf(JSON.parse(read(join(from, 'package.json')))))) {
    const installed = join(root, from, 'node_modules', name)
    const here = join(project, folder, 'node_modules', name)
    if (name.startsWith('@millpond/') || !existsSync(installed) || existsSync(here)) continue
    mkdirSync(dirname(here), { recursive: true })
    symlinkSync(realpathSync(installed), here, 'junction')
  }
}

/** All that are run, and the sources once for all of them: a process that compiled them itself would take seconds. */
async function compile(runnable: readonly Snippet[]): Promise<void> {
  await build({
    config: false,
    silent: true,
    entry: Object.fromEntries(runnable.map((snippet) => [programOf(snippet), fileOf(snippet)])),
    outDir: join(project, 'programs'),
    outExtension: () => ({ js: '.mjs' }),
    format: 'esm',
    target: 'es2022',
    splitting: true,
    tsconfig: join(root, 'tsconfig.base.json'),
    esbuildPlugins: [installedOutside],
  })
}

beforeAll(async () => {
  writeFileSync(join(project, 'package.json'), JSON.stringify({ private: true, type: 'module' }))
  // … and a test runner.
  mkdirSync(join(project, 'node_modules'))
  symlinkSync(realpathSync(join(root, 'node_modules', 'vitest')), join(project, 'node_modules', 'vitest'), 'junction')
  for (const document of documents) mkdirSync(join(project, dirname(document)), { recursive: true })
  // A reader of a README has installed what its package depends on, one of the guide what any of them does; the packages
  // themselves are found by tsconfig's paths.
  for (const folder of new Set(readmes.map((document) => dirname(document)))) install(folder, folder, dependenciesOf)
  for (const name of readdirSync(join(root, 'packages'))) install(join('packages', name), 'docs', everythingOf)
  for (const snippet of snippets) writeFileSync(fileOf(snippet), '\n'.repeat(snippet.line - 1) + snippet.code)
  await compile(runnable)
}, 60_000)

afterAll(() => rmSync(project, { recursive: true, force: true }))

it.each(readmes)('%s shows at least one snippet', (document) => {
  expect(snippetsOf(document)).not.toHaveLength(0)
})

it.each(['README.md', 'packages/core/README.md', 'examples/compose-pools/README.md'])(
  '%s shows at least one snippet that is run',
  (document) => {
    expect(snippetsOf(document).filter(({ runs }) => runs)).not.toHaveLength(0)
  },
)

it('type-checks every snippet of the READMEs and the guide against the sources', { timeout: 60_000 }, () => {
  const host: ts.ParseConfigFileHost = { ...ts.sys, onUnRecoverableConfigFileDiagnostic: () => {} }
  const config = ts.getParsedCommandLineOfConfigFile(join(root, 'test', 'tsconfig.json'), {}, host)
  if (config === undefined) throw new Error('test/tsconfig.json cannot be read')
  // A snippet may show a value and stop there.
  const options = { ...config.options, noUnusedLocals: false, moduleDetection: ts.ModuleDetectionKind.Force }
  const program = ts.createProgram(snippets.map(fileOf), options)
  const found = ts.getPreEmitDiagnostics(program).filter(({ file }) => file?.fileName.startsWith(project) ?? true)
  const names = { getCanonicalFileName: String, getCurrentDirectory: () => project, getNewLine: () => '\n' }
  expect(ts.formatDiagnostics(found, names)).toBe('')
})

it.concurrent.each(runnable)(
  'runs the snippet at $at, which ends by itself and prints what it says',
  {
    timeout: 45_000,
  },
  async (snippet) => {
    // Rejects, with what was printed, unless the exit code is 0.
    const program = join(project, 'programs', `${programOf(snippet)}.mjs`)
    const { stdout } = await promisify(execFile)(process.execPath, [program], { cwd: root, timeout: 30_000 })
    expect(stdout.split('\n').filter((line) => line !== '')).toEqual(announcedBy(snippet))
  },
)
