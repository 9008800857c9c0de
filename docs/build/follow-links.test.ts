import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { followLinks } from './follow-links.js'

let dist = ''

beforeEach(() => {
  dist = mkdtempSync(join(tmpdir(), 'millpond-site-'))
})

afterEach(() => rmSync(dist, { recursive: true, force: true }))

function write(name: string, text: string): void {
  mkdirSync(dirname(join(dist, name)), { recursive: true })
  writeFileSync(join(dist, name), text)
}

describe('followLinks', () => {
  it('finds nothing wrong with links to pages, folders with an index, headings, files and other sites', () => {
    write(
      'index.html',
      '<a class="x" href="/guide/">a</a><a href="./guide/one.html#two">b</a><img alt="" src="/a.svg">',
    )
    write('guide/index.html', '<a href="#here">a</a><h2 id="here">x</h2><a href="https://example.org/nope">b</a>')
    write('guide/one.html', '<a href="../index.html">a</a><h2 tabindex="-1" id="two">x</h2>')
    write('a.svg', '<svg/>')
    expect(followLinks(dist)).toEqual({ pages: 3, links: 6, dead: [] })
  })

  it.each([
    ['a page that is not there', '<a href="/nope.html">'],
    ['a heading that is not there', '<a href="/index.html#nope">'],
    ['a heading of its own that is not there', '<a href="#nope">'],
    ['a folder without an index', '<a href="/guide/">'],
    ['a picture that is not there', '<img alt="a" src="/nope.svg">'],
  ])('reports a link to %s', (_, html) => {
    write('index.html', html)
    write('guide/one.html', '')
    expect(followLinks(dist).dead).toHaveLength(1)
  })

  it('names the page and the link once, however often it stands there', () => {
    write('index.html', '<a href="/nope.html?a&amp;b">a</a><a href="/nope.html?a&amp;b">b</a>')
    expect(followLinks(dist).dead).toEqual(['index.html: /nope.html?a&b'])
  })
})
