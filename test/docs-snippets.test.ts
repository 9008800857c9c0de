import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import ts from 'typescript'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { read, root, type Snippet, snippetsOf } from './markdown.js'

const documents = [
  'README.md',
  'packages/core/README.md',
  'packages/tcp/README.md',
  'packages/http/README.md',
  'packages/database/README.md',
  'packages/testing/README.md',
  'examples/compose-pools/README.md',
  'examples/prove-an-adapter/README.md',
]
const snippets = documents.flatMap((document) => snippetsOf(document))
const project = realpathSync(mkdtempSync(join(tmpdir(), 'millpond-docs-')))

/** A file of its own, with its code on the line on which the document has it. */
function fileOf({ document, line }: Snippet): string {
  return join(project, dirname(document), `README-${line}.ts`)
}

/** What the comments `// → …` say that it prints. */
function announcedBy({ code }: Snippet): string[] {
  return [...code.matchAll(/\/\/ → (.*)$/gm)].map(([, line = '']) => line)
}

beforeAll(() => {
  writeFileSync(join(project, 'package.json'), JSON.stringify({ private: true, type: 'module' }))
  // … and a test runner.
  mkdirSync(join(project, 'node_modules'))
  symlinkSync(realpathSync(join(root, 'node_modules', 'vitest')), join(project, 'node_modules', 'vitest'), 'junction')
  for (const document of documents) {
    const folder = dirname(document)
    mkdirSync(join(project, folder), { recursive: true })
    // A reader has installed what the package depends on; the packages themselves are found by tsconfig's paths.
    const { dependencies = {}, peerDependencies = {} } = JSON.parse(read(join(folder, 'package.json')))
    for (const name of Object.keys({ ...dependencies, ...peerDependencies })) {
      const installed = join(root, folder, 'node_modules', name)
      const here = join(project, folder, 'node_modules', name)
      if (name.startsWith('@millpond/') || !existsSync(installed)) continue
      mkdirSync(dirname(here), { recursive: true })
      symlinkSync(realpathSync(installed), here, 'junction')
    }
  }
  for (const snippet of snippets) writeFileSync(fileOf(snippet), '\n'.repeat(snippet.line - 1) + snippet.code)
})

afterAll(() => rmSync(project, { recursive: true, force: true }))

it.each(documents)('%s shows at least one snippet', (document) => {
  expect(snippetsOf(document)).not.toHaveLength(0)
})

it.each(['README.md', 'packages/core/README.md', 'examples/compose-pools/README.md'])(
  '%s shows at least one snippet that is run',
  (document) => {
    expect(snippetsOf(document).filter(({ runs }) => runs)).not.toHaveLength(0)
  },
)

it('type-checks every snippet of the READMEs against the sources', { timeout: 60_000 }, () => {
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

const runnable = snippets.filter(({ runs }) => runs)

it.concurrent.each(runnable)(
  'runs the snippet at $at, which ends by itself and prints what it says',
  {
    timeout: 45_000,
  },
  async (snippet) => {
    // Rejects, with what was printed, unless the exit code is 0.
    const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', fileOf(snippet)], {
      cwd: root,
      env: { ...process.env, TSX_TSCONFIG_PATH: join(root, 'tsconfig.base.json') },
      timeout: 30_000,
    })
    expect(stdout.split('\n').filter((line) => line !== '')).toEqual(announcedBy(snippet))
  },
)
