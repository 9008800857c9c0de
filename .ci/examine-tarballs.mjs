// Whether tarballs may be published, by the rules of tarball-rules.mjs.

import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { Failure, root } from './commands.mjs'
import { problemsOf } from './tarball-rules.mjs'
import { unpack } from './tarballs.mjs'

/** Rejects with all that is wrong with them; `tell` is called with each tarball and what is in it. */
export async function examine(tarballs, tell = () => {}) {
  const release = {
    versions: new Map(tarballs.map(({ name, version }) => [name, version])),
    engines: JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).engines,
    folders: [root, join(homedir(), '/')],
  }
  const problems = []
  for (const tarball of tarballs) {
    const unpacked = await unpack(tarball)
    tell(tarball, unpacked)
    problems.push(...problemsOf(unpacked, release).map((problem) => `${tarball.name}: ${problem}`))
  }
  if (problems.length > 0) throw new Failure(['\nnot fit to be published:', ...problems].join('\n- '))
}
