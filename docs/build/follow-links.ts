import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join, posix, sep } from 'node:path'

interface Page {
  readonly targets: readonly string[]
  readonly ids: ReadonlySet<string>
}

export interface FollowedLinks {
  readonly pages: number
  readonly links: number
  /** What leads nowhere, as in `sizing.html: /nope.html`. */
  readonly dead: readonly string[]
}

/** Follows every link of a built site: to pages, files, pictures and headings. What lies outside is not asked. */
export function followLinks(dist: string): FollowedLinks {
  const pages = new Map(htmlFiles(dist).map((name) => [name, pageOf(join(dist, name))]))
  const dead = [...pages].flatMap(([name, { targets }]) =>
    [...new Set(targets)].filter((target) => !leadsSomewhere(dist, pages, name, target)).map((to) => `${name}: ${to}`),
  )
  const links = [...pages.values()].reduce((sum, { targets }) => sum + targets.length, 0)
  return { pages: pages.size, links, dead }
}

/** The pages of a built site, from its root. */
export function htmlFiles(dist: string): string[] {
  return readdirSync(dist, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.html'))
    .map((name) => name.split(sep).join('/'))
    .sort()
}

function pageOf(file: string): Page {
  const html = readFileSync(file, 'utf8')
  const all = (pattern: RegExp) => [...html.matchAll(pattern)].map(([, value = '']) => decoded(value))
  const targets = [...all(/<a\b[^>]*?\shref="([^"]*)"/g), ...all(/<img\b[^>]*?\ssrc="([^"]*)"/g)]
  return { targets, ids: new Set(all(/\sid="([^"]*)"/g)) }
}

function decoded(text: string): string {
  return text.replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&lt;', '<').replaceAll('&amp;', '&')
}

function leadsSomewhere(dist: string, pages: ReadonlyMap<string, Page>, from: string, target: string): boolean {
  if (/^[a-z][a-z+.-]*:/i.test(target)) return true
  const [path = '', anchor = ''] = target.split('#')
  const name = path === '' ? from : nameOf(from, decodeURIComponent(path))
  const page = pages.get(name)
  if (page === undefined) return existsSync(join(dist, name)) && statSync(join(dist, name)).isFile()
  return anchor === '' || page.ids.has(decodeURIComponent(anchor))
}

function nameOf(from: string, path: string): string {
  const name = path.startsWith('/') ? path.slice(1) : posix.join(posix.dirname(from), path)
  return name === '' || name.endsWith('/') ? `${name}index.html` : name
}
