import { existsSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { isGenerated } from './guide-pages.js'
import { markdownFiles, proseOf, read, root } from './markdown.js'

/** The targets of a document's links and images that lead to other files, or to a heading of its own. */
function linksOf(document: string): string[] {
  const targets = [...proseOf(read(document)).matchAll(/\]\(\s*<?([^)\s>]+)>?[^)]*\)/g)].map(
    ([, target = '']) => target,
  )
  return targets.filter((target) => !/^[a-z][a-z+.-]*:/i.test(target) && !isOfTheSite(document, target))
}

/** A page of the guide reaches what is made with the site from its root; `npm run docs` follows these links. */
function isOfTheSite(document: string, target: string): boolean {
  return document.startsWith('docs/') && target.startsWith('/')
}

/** The anchors of a document's headings, as GitHub makes them. */
function anchorsOf(document: string): string[] {
  const headings = [...proseOf(read(document)).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => heading)
  const seen = new Map<string, number>()
  return headings.map((heading) => {
    const anchor = heading
      .replace(/\]\([^)]*\)/g, '')
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replace(/\s/g, '-')
    const before = seen.get(anchor) ?? 0
    seen.set(anchor, before + 1)
    return before === 0 ? anchor : `${anchor}-${before}`
  })
}

describe.each(markdownFiles().filter((path) => !isGenerated(path)))('%s', (document) => {
  it.each([...new Set(linksOf(document))])('links to %s, which exists', (link) => {
    const [path = '', anchor] = link.split('#')
    const target = path === '' ? document : join(dirname(document), decodeURI(path))
    expect(existsSync(join(root, target)), `${target} exists`).toBe(true)
    if (anchor === undefined || statSync(join(root, target)).isDirectory()) return
    if (target.endsWith('.md')) expect(anchorsOf(target)).toContain(anchor)
  })

  it('has no link that leads out of the repository', () => {
    const outside = linksOf(document).filter((link) => join(dirname(document), link).startsWith('..'))
    expect(outside).toEqual([])
  })
})
