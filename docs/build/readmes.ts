import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../..', import.meta.url))

/** A document of the repository that is a page of the site, too. */
export interface Readme {
  /** Its path from the root of the repository. */
  readonly file: string
  /** Its page, from `docs/`. */
  readonly page: string
  /** In the sidebar. */
  readonly title: string
}

const packages = ['core', 'tcp', 'http', 'database', 'testing', 'bench']

const all: readonly Readme[] = [
  { file: 'README.md', page: 'readme/millpond.md', title: 'The repository' },
  ...packages.map((name) => ({
    file: `packages/${name}/README.md`,
    page: `readme/${name}.md`,
    title: name === 'bench' ? 'The bench' : `@millpond/${name}`,
  })),
  { file: 'packages/bench/report/report.md', page: 'readme/bench-report.md', title: 'The benchmark report' },
  { file: 'packages/core/ARCHITECTURE.md', page: 'readme/architecture.md', title: 'Architecture of the core' },
  { file: 'CONTRIBUTING.md', page: 'readme/contributing.md', title: 'Contributing' },
  ...readdirSync(join(root, 'examples')).map((name) => ({
    file: `examples/${name}/README.md`,
    page: `readme/examples/${name}.md`,
    title: name,
  })),
]

/** The READMEs of the repository, in the order of the sidebar. */
export const readmes = all.filter(({ file }) => existsSync(join(root, file)))
