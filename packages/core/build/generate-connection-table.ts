// Writes whatever is derived from the connection machine; with --check it writes nothing and exits with 1 when
// something differs from what it would write.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { compileMachine } from '../src/connection/compile-machine.js'
import { connectionMachine } from '../src/connection/connection-machine.js'
import { connectionTableSource } from './connection-table-source.js'
import { mermaidOf } from './mermaid-of.js'
import { withStatechart } from './statechart-block.js'

const check = process.argv.includes('--check')
const root = fileURLToPath(new URL('../../..', import.meta.url))

update('packages/core/src/connection/connection-table.ts', () =>
  connectionTableSource(compileMachine(connectionMachine)),
)
for (const document of ['README.md', 'packages/core/ARCHITECTURE.md']) {
  if (existsSync(root + document)) update(document, (before) => withStatechart(before, mermaidOf(connectionMachine)))
}

function update(file: string, textOf: (before: string) => string): void {
  const before = existsSync(root + file) ? readFileSync(root + file, 'utf8') : ''
  try {
    const text = textOf(before)
    if (text === before) return
    if (check) fail(`${file} differs from the connection machine`)
    else writeFileSync(root + file, text)
  } catch (error) {
    fail(`${file}: ${error}`)
  }
}

function fail(message: string): void {
  console.error(message)
  process.exitCode = 1
}
