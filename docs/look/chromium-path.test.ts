import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { chromiumPath } from './chromium-path.js'

let folder = ''

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'millpond-path-'))
  vi.stubEnv('PATH', ['/nowhere', folder].join(delimiter))
})

afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true, force: true })
})

it('finds a browser of the family on the PATH', () => {
  writeFileSync(join(folder, 'google-chrome'), '')
  chmodSync(join(folder, 'google-chrome'), 0o755)
  expect(chromiumPath()).toBe(join(folder, 'google-chrome'))
})

it('says what to install where there is none that can be run', () => {
  writeFileSync(join(folder, 'chromium'), '', { mode: 0o644 })
  expect(() => chromiumPath()).toThrow('no chromium is on the PATH: apt-get install chromium')
})
