// Writes the table of the pool's options into README.md; with --check it writes nothing and exits with 1 when the table
// there is another.
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { withBlock } from './marked-block.js'
import { optionTable, poolOptions } from './option-table.js'

const file = fileURLToPath(new URL('../../../README.md', import.meta.url))
const before = readFileSync(file, 'utf8')
const text = withBlock(before, 'options', optionTable(poolOptions()))
if (text !== before && process.argv.includes('--check')) {
  console.error('The option table of README.md is not that of packages/core/src/pool/pool-options.ts')
  process.exitCode = 1
} else if (text !== before) {
  writeFileSync(file, text)
}
