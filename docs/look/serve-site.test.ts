import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type ServedSite, serveSite } from './serve-site.js'

const folder = mkdtempSync(join(tmpdir(), 'millpond-served-'))
const dist = join(folder, 'dist')
let site: ServedSite

beforeAll(async () => {
  mkdirSync(join(dist, 'guide'), { recursive: true })
  writeFileSync(join(dist, 'guide', 'index.html'), '<h1>guide</h1>')
  writeFileSync(join(folder, 'secret.txt'), 'secret')
  site = await serveSite(dist)
})

afterAll(async () => {
  await site.close()
  rmSync(folder, { recursive: true, force: true })
})

it('serves a file, and the index of a folder', async () => {
  for (const path of ['/guide/index.html', '/guide/']) {
    const response = await fetch(site.origin + path)
    expect([response.headers.get('content-type'), await response.text()]).toEqual([
      'text/html; charset=utf-8',
      '<h1>guide</h1>',
    ])
  }
})

it.each(['/nope.html', '/guide', '/%2e%2e/secret.txt', '/..%2fsecret.txt'])('has nothing at %s', async (path) => {
  const response = await fetch(site.origin + path)
  expect(response.status).toBe(404)
})
