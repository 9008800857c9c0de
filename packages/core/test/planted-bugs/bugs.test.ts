import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { bugs, withBug } from './bugs.js'

describe('the planted bugs', () => {
  it('are at least ten, each with a name of its own', () => {
    expect(bugs.length).toBeGreaterThanOrEqual(10)
    expect(new Set(bugs.map(({ name }) => name)).size).toBe(bugs.length)
  })

  it.each(bugs)('can be planted: $name', (bug) => {
    const code = readFileSync(new URL(`../../src/${bug.file}`, import.meta.url), 'utf8')
    expect(withBug(bug, code)).not.toBe(code)
  })
})
