// The README's examples as its readers have them: an ES module, CommonJS and TypeScript. Each is run in the project in
// which the packages were installed, and has to print what its comments `// → …` say.

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { tsImport } from 'tsx/esm/api'
import ts from 'typescript'
import { Failure, quietly } from './commands.mjs'

/** Resolves with a line on each example; `compile` runs tsc on a folder with its files, and emits into `out`. */
export async function runReadmeExamples(project, compile) {
  const { snippetsOf } = await tsImport('../test/markdown.ts', import.meta.url)
  const snippets = snippetsOf('README.md').filter(({ runs }) => runs)
  if (snippets.length === 0) throw new Failure('README.md has no example that is run')

  const folder = join(project, 'readme')
  mkdirSync(folder)
  for (const { line, code } of snippets) writeFileSync(join(folder, `example-${line}.mts`), code)
  await compile(
    folder,
    snippets.map(({ line }) => `example-${line}.mts`),
  )
  for (const snippet of snippets) await runInEveryForm(snippet, folder)
  return snippets.map(({ at }) => `${at} runs as ES module, CommonJS and TypeScript`)
}

async function runInEveryForm({ at, line, code, announced }, folder) {
  if (announced.length === 0) throw new Failure(`${at} does not say what it prints`)
  writeFileSync(join(folder, `esm-${line}.mjs`), transpiled(code, ts.ModuleKind.ESNext))
  writeFileSync(join(folder, `required-${line}.cjs`), transpiled(inFunction(code), ts.ModuleKind.CommonJS))
  const forms = [`esm-${line}.mjs`, `required-${line}.cjs`, join('out', `example-${line}.mjs`)]
  for (const file of forms) {
    const printed = await quietly(process.execPath, [file], { cwd: folder })
    const expected = announced.map((text) => `${text}\n`).join('')
    if (printed !== expected) throw new Failure(`${at}, as ${file}, printed`, `${printed}instead of\n${expected}`)
  }
}

/** Node.js 20 knows no `using`, and nobody writes types in JavaScript. */
function transpiled(code, module) {
  const { outputText } = ts.transpileModule(code, { compilerOptions: { module, target: ts.ScriptTarget.ES2022 } })
  return outputText
}

/** CommonJS has no `await` at the top: what follows the imports moves into a function. */
function inFunction(code) {
  const { statements } = ts.createSourceFile('example.ts', code, ts.ScriptTarget.Latest)
  const end = statements.filter(ts.isImportDeclaration).at(-1)?.end ?? 0
  return `${code.slice(0, end)}\n\nasync function main() {${code.slice(end)}}\n\nmain()\n`
}
