import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { DefaultTheme } from 'vitepress'
import { readmes } from './readmes.js'

const docs = fileURLToPath(new URL('..', import.meta.url))

/** The index of a folder is reached as the folder. */
const page = (name: string): DefaultTheme.SidebarItem => ({
  text: titleOf(`${name}.md`),
  link: `/${name.replace(/\bindex$/, '')}`,
})

const guide: DefaultTheme.SidebarItem[] = [
  page('getting-started'),
  {
    text: 'Concepts',
    items: ['connection', 'lease', 'waiting', 'growth', 'keyed-pools', 'groups', 'events', 'observability'].map(
      (name) => page(`concepts/${name}`),
    ),
  },
  { text: 'Policies', collapsed: true, items: pagesIn('policies') },
  {
    text: 'Adapters',
    items: [
      ...['index', 'write-one', 'wrap-driver', 'tcp', 'http-agent', 'undici', 'http2', 'websocket'],
      ...['pg', 'mysql2', 'redis', 'guard'],
    ].map((name) => page(`adapters/${name}`)),
  },
  {
    text: 'Testing',
    items: ['index', 'adapter-suite', 'policy-suite', 'virtual-clock', 'simulate', 'chaos-proxy'].map((name) =>
      page(`testing/${name}`),
    ),
  },
  { text: 'In operation', items: [page('sizing'), page('troubleshooting')] },
  { text: 'Migration', collapsed: true, items: pagesIn('migration') },
  { text: 'Packages', collapsed: true, items: readmes.map(({ title, page }) => ({ text: title, link: `/${page}` })) },
]

/** The guide has one sidebar, the reference one for each module. */
export const sidebar: DefaultTheme.SidebarMulti = { ...referenceSidebars(), '/': guide }

/** Of a module: its own names, and the other modules. All names of all modules would be most of every page. */
function referenceSidebars(): DefaultTheme.SidebarMulti {
  const file = join(docs, 'reference', 'typedoc-sidebar.json')
  const modules: DefaultTheme.SidebarItem[] = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : []
  const others = modules.map(({ text = '', link = '' }) => ({ text, link }))
  const opened = (module: DefaultTheme.SidebarItem) =>
    others.map((other) => (other.link === module.link ? { ...module, collapsed: false } : other))
  return Object.fromEntries([['/reference/', others], ...modules.map((module) => [module.link, opened(module)])])
}

/** The first page of a folder, or of the guide where the folder has none. */
export function firstIn(folder: string): string {
  return pagesIn(folder)[0]?.link ?? '/getting-started'
}

/** Its index first, the others in the order in which that one last links to them. */
function pagesIn(folder: string): DefaultTheme.SidebarItem[] {
  if (!existsSync(join(docs, folder))) return []
  const names = readdirSync(join(docs, folder)).filter((name) => name.endsWith('.md'))
  const index = names.includes('index.md') ? readFileSync(join(docs, folder, 'index.md'), 'utf8') : ''
  const place = (name: string) => {
    if (name === 'index.md') return -1
    const at = index.lastIndexOf(`${name})`)
    return at < 0 ? index.length : at
  }
  const ordered = names.sort((a, b) => place(a) - place(b) || a.localeCompare(b))
  return ordered.map((name) => page(`${folder}/${name.slice(0, -'.md'.length)}`))
}

function titleOf(file: string): string {
  const [, heading] = /^# (.*)$/m.exec(readFileSync(join(docs, file), 'utf8')) ?? []
  if (heading === undefined) throw new Error(`docs/${file} has no title`)
  return heading.replaceAll('`', '')
}
