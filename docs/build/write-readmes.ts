// Writes the pages that are made of the repository's READMEs: as they are, with a note of where they are from.

import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { readmes, root } from './readmes.js'

rmSync(join(root, 'docs', 'readme'), { recursive: true, force: true })

for (const { file, page } of readmes) {
  const path = join(root, 'docs', page)
  mkdirSync(dirname(path), { recursive: true })
  const text = withRegions(readFileSync(join(root, file), 'utf8'))
  writeFileSync(path, `---\nsource: ${file}\n---\n\n${text}`)
}

/** What is generated into a README between markers can be included by other pages as a region. */
function withRegions(text: string): string {
  return text.replace(/^<!-- ([\w-]+):(begin|end) -->$/gm, (_, name: string, which: string) => {
    return `<!-- #${which === 'begin' ? 'region' : 'endregion'} ${name} -->`
  })
}
