import { execFile, execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { read, root } from './markdown.js'

export interface Run {
  readonly code: number
  readonly output: string
}

export interface Releasable {
  readonly folder: string
  /** What the tests and gates of a release have left: their names, in order. */
  readonly passed: readonly string[]
  write(path: string, text: string): void
  git(...args: string[]): string
  /** Runs `npm run release` with these arguments; resolves with whatever its exit code is. */
  release(args: readonly string[], env?: NodeJS.ProcessEnv): Promise<Run>
  remove(): void
}

const scripts = ['commands', 'examine-tarballs', 'make-release', 'release', 'release-hindrances', 'release-report']
const asTheyAre = [...scripts, 'tarball-rules', 'tarballs', 'terminal', 'workspace'].map((name) => `.ci/${name}.mjs`)

/** A small repository that is released as this one is: two packages, a changeset, and the scripts of `.ci`. */
export async function releasable(registry: string): Promise<Releasable> {
  const { pnpmEnvironment } = await import(new URL('../.ci/pnpm.mjs', import.meta.url).href)
  const { PATH } = await pnpmEnvironment()
  const place = mkdtempSync(join(tmpdir(), 'millpond-releasable-'))
  const folder = join(place, 'pond')
  const log = join(place, 'passed')
  const userConfig = join(place, 'npmrc')
  writeFileSync(log, '')
  writeFileSync(userConfig, `registry=${registry}\n//${new URL(registry).host}/:_authToken=some-token\n`)

  const git = (...args: string[]) => execFileSync('git', args, { cwd: folder, encoding: 'utf8', stdio: 'pipe' }).trim()
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  for (const [path, text] of Object.entries(files())) write(path, text)
  for (const path of [...asTheyAre, 'biome.json']) copyFileSync(join(root, path), join(folder, path))
  git('init', '--quiet', '--initial-branch=main')
  git('config', 'user.name', 'Somebody')
  git('config', 'user.email', 'somebody@pond.invalid')
  git('add', '--all')
  git('commit', '--quiet', '--message', 'A pond')

  return {
    folder,
    get passed() {
      return readFileSync(log, 'utf8').split('\n').slice(0, -1)
    },
    write,
    git,
    release(args, env = {}) {
      const { npm_config_dry_run: _, ...rest } = process.env
      return new Promise((resolve) => {
        execFile(
          process.execPath,
          ['.ci/release.mjs', ...args],
          {
            cwd: folder,
            env: {
              ...rest,
              PATH,
              npm_config_registry: registry,
              npm_config_userconfig: userConfig,
              PASSED: log,
              ...env,
            },
          },
          (error, stdout, stderr) =>
            resolve({ code: error === null ? 0 : Number(error.code), output: stdout + stderr }),
        )
      })
    },
    remove: () => rmSync(place, { recursive: true, force: true }),
  }
}

function files(): Record<string, string> {
  const { packageManager, engines } = JSON.parse(read('package.json'))
  const gate = (name: string) =>
    [
      "import { appendFileSync } from 'node:fs'",
      `appendFileSync(process.env.PASSED, '${name}\\n')`,
      `if (process.env.FAILS === '${name}') process.exitCode = 1`,
    ].join('\n')
  return {
    'package.json': JSON.stringify({ name: 'pond', private: true, version: '0.0.0', packageManager, engines }),
    'pnpm-workspace.yaml': 'packages:\n  - packages/*\n',
    LICENSE: 'MIT',
    '.gitignore': 'node_modules\ndist\n',
    '.changeset/config.json': read('.changeset/config.json'),
    '.changeset/first.md': '---\n"@pond/core": minor\n"@pond/tcp": minor\n---\n\nThe first pond.\n',
    '.ci/set-up.mjs': setUp,
    '.ci/pnpm.mjs': pnpm,
    '.ci/test.mjs': gate('test'),
    '.ci/check.mjs': gate('check'),
    ...packageFiles('core', engines, {}),
    ...packageFiles('tcp', engines, { '@pond/core': 'workspace:^' }),
  }
}

/** Stands for an install: what it would have put there is there already. */
const setUp = `
import { mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './commands.mjs'

export async function setUp() {
  symlinkSync(${JSON.stringify(join(root, 'node_modules'))}, join(root, 'node_modules'), 'junction')
  const scope = join(root, 'packages/tcp/node_modules/@pond')
  mkdirSync(scope, { recursive: true })
  symlinkSync(join(root, 'packages/core'), join(scope, 'core'), 'junction')
}
`

/** The pnpm that the test has put on the PATH: the registry of the test has none to give. */
const pnpm = `
import { quietly } from './commands.mjs'

export const pnpmEnvironment = async () => ({})
export const pnpm = (args) => quietly('pnpm', args)
`

function packageFiles(name: string, engines: object, dependencies: Record<string, string>): Record<string, string> {
  const built = { 'index.js': 'export {}', 'index.cjs': '', 'index.d.ts': 'export {}', 'index.d.cts': 'export {}' }
  const manifest = {
    name: `@pond/${name}`,
    version: '0.0.0',
    description: 'A part of the pond',
    license: 'MIT',
    type: 'module',
    files: ['dist'],
    exports: {
      '.': {
        import: { types: './dist/index.d.ts', default: './dist/index.js' },
        require: { types: './dist/index.d.cts', default: './dist/index.cjs' },
      },
    },
    engines,
    publishConfig: { access: 'public' },
    scripts: { build: 'node build.mjs' },
    dependencies,
  }
  return {
    [`packages/${name}/package.json`]: `${JSON.stringify(manifest, null, 2)}\n`,
    [`packages/${name}/README.md`]: `# ${name}\n`,
    [`packages/${name}/build.mjs`]: [
      "import { mkdirSync, writeFileSync } from 'node:fs'",
      "mkdirSync('dist')",
      `for (const [file, text] of Object.entries(${JSON.stringify(built)})) writeFileSync('dist/' + file, text)`,
    ].join('\n'),
  }
}
