import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type NpmRegistry, npmRegistry } from './npm-registry.js'
import { type Releasable, releasable } from './release-fixture.js'

let registry: NpmRegistry
let pond: Releasable

beforeEach(async () => {
  registry = await npmRegistry()
  pond = await releasable(registry.url)
})

afterEach(async () => {
  pond.remove()
  await registry.close()
})

const slow = { timeout: 120_000 }
const versionOf = (name: string) =>
  JSON.parse(readFileSync(join(pond.folder, 'packages', name, 'package.json'), 'utf8')).version

/** That the tree is at the commit, with nothing beside it. */
function expectUntouched(commit: string): void {
  expect(pond.git('rev-parse', 'HEAD')).toBe(commit)
  expect(pond.git('status', '--porcelain')).toBe('')
  expect(pond.git('tag')).toBe('')
  expect(pond.git('worktree', 'list').split('\n')).toHaveLength(1)
}

describe('npm run release', () => {
  it.each([
    [['--dry'], /--dry/],
    [['now'], /now/],
  ])('refuses the arguments %j and tells the right ones', async (args, named) => {
    const { code, output } = await pond.release(args)
    expect(code).toBe(1)
    expect(output).toMatch(named)
    expect(output).toContain('usage: npm run release -- --dry-run')
  })

  it('does not take a --dry-run that npm has kept for itself for a release', async () => {
    const { code, output } = await pond.release([], { npm_config_dry_run: 'true' })
    expect(code).toBe(1)
    expect(output).toContain('npm kept --dry-run for itself\nusage: npm run release -- --dry-run')
  })

  it('refuses another branch, what is not committed, and a registry that knows nobody', async () => {
    pond.git('switch', '--quiet', '--create', 'aside')
    pond.write('note.txt', 'not committed')
    const { code, output } = await pond.release([], { npm_config_userconfig: join(pond.folder, 'absent') })
    expect(code).toBe(1)
    expect(output).toContain('- this is aside, not main\n')
    expect(output).toContain('what is not committed is not released:\n?? note.txt\n')
    expect(output).toContain('- nobody is logged in to the npm registry; npm login\n')
    expect(registry.published).toEqual([])
  })

  it('refuses a branch that lacks commits of its upstream', async () => {
    pond.git('clone', '--quiet', pond.folder, join(pond.folder, '..', 'upstream'))
    pond.git('remote', 'add', 'origin', join(pond.folder, '..', 'upstream'))
    pond.git('fetch', '--quiet', 'origin')
    pond.git('branch', '--quiet', '--set-upstream-to', 'origin/main')
    const identity = ['-c', 'user.name=Somebody', '-c', 'user.email=somebody@pond.invalid']
    const inUpstream = ['-C', join(pond.folder, '..', 'upstream'), ...identity]
    pond.git(...inUpstream, 'commit', '--quiet', '--allow-empty', '--message', 'Meanwhile')
    const { code, output } = await pond.release([])
    expect(code).toBe(1)
    expect(output).toContain('- origin/main is ahead by 1; git pull\n')
  })

  it(
    'rehearses: tells versions, changelogs, order and files, and leaves registry and tree as they were',
    slow,
    async () => {
      const commit = pond.git('rev-parse', 'HEAD')
      const { code, output } = await pond.release(['--dry-run'])
      expect({ code, output }).toMatchObject({ code: 0 })
      expect(output).toMatch(/@pond\/core 0\.0\.0 → 0\.1\.0\n *### Minor Changes\n.*The first pond\./s)
      expect(output).toMatch(/@pond\/core@0\.1\.0: 7 files.*@pond\/tcp@0\.1\.0: 7 files/s)
      expect(output).toMatch(/\d\.\d kB {2}dist\/index\.d\.cts\n/)
      expect(output).toContain('depends on: @pond/core ^0.1.0\n')
      expect(registry.published).toEqual([])
      expect(pond.passed).toEqual([])
      expectUntouched(commit)
      expect(existsSync(join(pond.folder, 'node_modules/.cache/millpond-release/pond-tcp-0.1.0.tgz'))).toBe(true)
    },
  )

  it('rehearses what is committed, and fails because that is not all there is', slow, async () => {
    pond.write('packages/core/README.md', '')
    const { code, output } = await pond.release(['--dry-run'])
    expect(code).toBe(1)
    expect(output).toContain('@pond/core@0.1.0: 7 files')
    expect(output).toContain('what is not committed is not released:\n M packages/core/README.md')
  })

  it('publishes nothing that breaks a rule', slow, async () => {
    pond.write('packages/tcp/README.md', '')
    pond.git('commit', '--quiet', '--all', '--message', 'Without words')
    const commit = pond.git('rev-parse', 'HEAD')
    const { code, output } = await pond.release([])
    expect(code).toBe(1)
    expect(output).toContain('not fit to be published:\n- @pond/tcp: no README.md\n')
    expect(registry.published).toEqual([])
    expectUntouched(commit)
  })

  it('publishes nothing when a gate fails', slow, async () => {
    const commit = pond.git('rev-parse', 'HEAD')
    const { code } = await pond.release([], { FAILS: 'check' })
    expect(code).toBe(1)
    expect(pond.passed).toEqual(['test', 'check'])
    expect(registry.published).toEqual([])
    expectUntouched(commit)
  })

  it(
    'publishes dependencies first, on a commit that becomes main; a second run does what was left undone',
    slow,
    async () => {
      registry.refused = '@pond/tcp'
      expect((await pond.release([])).code).toBe(1)
      expect(registry.published).toEqual(['@pond/core@0.1.0'])
      expect(pond.git('log', '-1', '--format=%s')).toBe('Release @pond/core@0.1.0, @pond/tcp@0.1.0')
      expect([versionOf('core'), versionOf('tcp')]).toEqual(['0.1.0', '0.1.0'])
      expect(existsSync(join(pond.folder, '.changeset/first.md'))).toBe(false)
      expect(readFileSync(join(pond.folder, 'packages/tcp/CHANGELOG.md'), 'utf8')).toContain('The first pond.')
      expect(pond.git('tag')).toBe('')

      registry.refused = undefined
      const { code, output } = await pond.release([])
      expect({ code, output }).toMatchObject({ code: 0 })
      expect(output).toContain('no changeset asks for a new version')
      expect(registry.published).toEqual(['@pond/core@0.1.0', '@pond/tcp@0.1.0'])
      expect(pond.git('tag').split('\n')).toEqual(['@pond/core@0.1.0', '@pond/tcp@0.1.0'])
      expect(pond.git('status', '--porcelain')).toBe('')
    },
  )
})
