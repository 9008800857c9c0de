import { describe, expect, it } from 'vitest'

interface Tarball {
  readonly manifest: Record<string, unknown>
  readonly files: Map<string, string>
}
interface Release {
  readonly versions: ReadonlyMap<string, string>
  readonly engines: { readonly node: string }
  readonly folders: readonly string[]
}

// The rules are JavaScript, as all of .ci.
const { problemsOf }: { problemsOf(tarball: Tarball, release: Release): string[] } = await import(
  new URL('../.ci/tarball-rules.mjs', import.meta.url).href
)

const release: Release = {
  versions: new Map([
    ['@pond/core', '0.2.0'],
    ['@pond/tcp', '0.3.0'],
  ]),
  engines: { node: '>=20.19' },
  folders: ['/srv/build/pond'],
}

/** A tarball that may be published, with what a test puts in its place. */
function tarball(manifest: Record<string, unknown> = {}, files: Record<string, string> = {}): Tarball {
  const entry = (extension: string, types: string) => ({ types: `./dist/${types}`, default: `./dist/${extension}` })
  return {
    manifest: {
      name: '@pond/tcp',
      version: '0.3.0',
      description: 'Sockets',
      license: 'MIT',
      main: './dist/index.cjs',
      exports: {
        '.': { import: entry('index.js', 'index.d.ts'), require: entry('index.cjs', 'index.d.cts') },
        './package.json': './package.json',
      },
      engines: { node: '>=20.19' },
      publishConfig: { access: 'public' },
      dependencies: { '@pond/core': '^0.2.0', eventemitter3: '^5.0.1' },
      peerDependencies: { ws: '^8.18.0 || ^9.0.0' },
      peerDependenciesMeta: { ws: { optional: true } },
      ...manifest,
    },
    files: new Map(
      Object.entries({
        'package.json': '{}',
        'README.md': '# Sockets',
        LICENSE: 'MIT',
        'dist/index.js': '',
        'dist/index.cjs': '',
        'dist/index.d.ts': '',
        'dist/index.d.cts': '',
        ...files,
      }).filter(([, text]) => text !== 'absent'),
    ),
  }
}

const problems = (manifest?: Record<string, unknown>, files?: Record<string, string>) =>
  problemsOf(tarball(manifest, files), release)

describe('the rules for tarballs', () => {
  it('find nothing wrong with one that may be published', () => {
    expect(problems()).toEqual([])
  })

  it.each(['README.md', 'LICENSE'])('want a %s with something in it', (name) => {
    expect(problems({}, { [name]: 'absent' })).toEqual([`no ${name}`])
    expect(problems({}, { [name]: ' \n' })).toEqual([`no ${name}`])
  })

  it.each(['version', 'description', 'license'])('want a %s in package.json', (field) => {
    expect(problems({ [field]: undefined })).toContain(`no ${field} in package.json`)
  })

  it('want every file packed that package.json names, wherever it does, once', () => {
    expect(problems({ main: './dist/gone.cjs', module: './dist/gone.cjs', bin: { pond: './bin/pond.js' } })).toEqual([
      'package.json names ./dist/gone.cjs, which is not packed',
      'package.json names ./bin/pond.js, which is not packed',
    ])
    expect(problems({}, { 'dist/index.d.cts': 'absent' })).toEqual([
      'package.json names ./dist/index.d.cts, which is not packed',
    ])
  })

  it('want types for every entry, imported and required', () => {
    const exports = { '.': { import: { default: './dist/index.js' }, require: './dist/index.cjs' } }
    expect(problems({ exports })).toEqual([
      'exports["."] has no types for import',
      'exports["."] has no types for require',
    ])
    expect(problems({ exports: undefined })).toEqual(['no exports in package.json'])
  })

  it.each(['dist/pool.test.js', 'test/pool.js', 'src/index.ts', 'tsconfig.json', '.npmrc', 'pond-0.1.0.tgz'])(
    'do not let in %s',
    (path) => {
      expect(problems({}, { [path]: '' })).toEqual([`${path} does not belong into a package`])
    },
  )

  it.each(['dist/latest.js', 'dist/contest.d.ts', 'bin/pond.js'])('let in %s', (path) => {
    expect(problems({}, { [path]: '' })).toEqual([])
  })

  it.each([
    ["require('/srv/build/pond/src/pool.ts')", '/srv/build/pond'],
    ["'/home/somebody/pond/src'", '/home/somebody/'],
    ["'/Users/somebody/pond'", '/Users/somebody/'],
    ["'C:\\Users\\somebody\\pond'", 'C:\\Users\\somebody\\'],
  ])('see that %s is a path of a machine', (code, path) => {
    expect(problems({}, { 'dist/index.js': code })).toEqual([`dist/index.js has a path of a machine in it: ${path}`])
  })

  it.each(['workspace:^', 'catalog:', 'link:../core', 'file:../core'])('refuse the range %s', (range) => {
    expect(problems({ peerDependencies: { ws: '^8.18.0' }, dependencies: { eventemitter3: range } })).toEqual([
      `dependencies.eventemitter3 is ${range}, which no registry knows`,
    ])
  })

  it('want packages of one release to depend on one another as they are released', () => {
    expect(problems({ dependencies: { '@pond/core': '^0.1.0' } })).toEqual([
      'dependencies.@pond/core is ^0.1.0, but 0.2.0 is released with it',
    ])
  })

  it.each(['*', '>=8', '8.x', 'latest', '^8.18.0 || >=9'])('refuse %s as the range of a peer', (range) => {
    expect(problems({ peerDependencies: { ws: range } })).toEqual([
      `peerDependencies.ws is ${range}; wanted are ranges such as ^1.2.3 || ^2.0.0`,
    ])
  })

  it('refuse a peer that is a dependency as well, and a note on a peer that is none', () => {
    expect(problems({ dependencies: { ws: '^8.18.0' } })).toEqual(['ws is a dependency and a peer dependency at once'])
    expect(problems({ peerDependencies: {} })).toEqual(['peerDependenciesMeta.ws speaks of no peer dependency'])
  })

  it("want the repository's engines", () => {
    expect(problems({ engines: { node: '>=18' } })).toEqual(["engines.node is >=18; the repository's is >=20.19"])
    expect(problems({ engines: undefined })).toEqual(["engines.node is undefined; the repository's is >=20.19"])
  })

  it('want public access said', () => {
    expect(problems({ publishConfig: undefined })).toEqual([
      'publishConfig.access is undefined; a scoped package is private without "public"',
    ])
  })

  it('want a repository for provenance, and a folder in a repository', () => {
    expect(problems({ publishConfig: { access: 'public', provenance: true } })).toEqual([
      'publishConfig.provenance needs a repository in package.json',
    ])
    expect(problems({ repository: { type: 'git', url: 'git+ssh://pond' } })).toEqual(['repository has no directory'])
    expect(problems({ repository: { type: 'git', url: 'git+ssh://pond', directory: 'packages/tcp' } })).toEqual([])
  })
})
