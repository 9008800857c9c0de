import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { chromiumPath } from './chromium-path.js'
import { lookAt } from './look-at.js'
import { type ServedSite, serveSite } from './serve-site.js'

const dist = mkdtempSync(join(tmpdir(), 'millpond-looked-at-'))
const found = installed()

function installed(): string | undefined {
  try {
    return chromiumPath()
  } catch {
    return undefined
  }
}

const title =
  found === undefined ? 'lookAt (needs chromium: apt-get install chromium)' : 'lookAt, with chromium on the PATH'

describe.skipIf(found === undefined)(title, { timeout: 60_000 }, () => {
  let site: ServedSite
  let browser: Browser
  let page: Page

  beforeAll(async () => {
    mkdirSync(dist, { recursive: true })
    site = await serveSite(dist)
    browser = await chromium.launch({ executablePath: chromiumPath(), args: ['--no-sandbox'] })
    page = await browser.newPage({ viewport: { width: 390, height: 844 } })
  }, 60_000)

  afterAll(async () => {
    await browser.close()
    await site.close()
    rmSync(dist, { recursive: true, force: true })
  })

  async function faultsOf(html: string, picture?: string): Promise<string[]> {
    const head = '<!doctype html><link rel="icon" href="data:,">'
    writeFileSync(join(dist, 'page.html'), `${head}<div id="app"><h1>A page</h1>${html}</div>`)
    return lookAt(page, `${site.origin}/page.html`, picture)
  }

  it('finds nothing wrong with a page that is well, and leaves a picture of it', async () => {
    const picture = join(dist, 'page.png')
    expect(await faultsOf('<p>text</p><pre style="overflow-x: auto">a long line</pre>', picture)).toEqual([])
    expect(statSync(picture).size).toBeGreaterThan(0)
  })

  it.each([
    ['an error in the console', '<script>console.error("it broke")</script>', 'console: it broke'],
    ['an exception', '<script>throw new Error("it broke")</script>', 'threw: it broke'],
    ['an answer of 404', '<link rel="stylesheet" href="/nope.css">', '404: '],
    ['a request that leads elsewhere', '<script src="http://127.0.0.1:9/x.js"></script>', 'asks elsewhere: '],
    ['a broken image', '<img src="/nope.png">', 'broken image: '],
    ['what is wider than the window', '<p style="width: 600px">wide</p>', 'px too wide'],
  ])('reports %s', async (_, html, fault) => {
    expect((await faultsOf(html)).join('\n')).toContain(fault)
  })

  it('reports a page without a title', async () => {
    writeFileSync(join(dist, 'page.html'), '<!doctype html><link rel="icon" href="data:,"><div id="app"><p>x</p></div>')
    expect(await lookAt(page, `${site.origin}/page.html`, undefined)).toEqual(['has no title'])
  })

  it('reports nothing of the page before', async () => {
    expect(await faultsOf('<script>console.error("it broke")</script>')).toHaveLength(1)
    expect(await faultsOf('<p>well</p>')).toEqual([])
  })
})
