import { posix } from 'node:path'
import type { MarkdownEnv, MarkdownOptions } from 'vitepress'
import { readmes } from './readmes.js'

type Markdown = Parameters<NonNullable<MarkdownOptions['config']>>[0]
type Token = ReturnType<Markdown['parse']>[number]

const pageOf = new Map(readmes.map(({ file, page }) => [file, page]))
const isLocal = (href: string) => !/^([a-z][a-z+.-]*:|\/|#)/i.test(href)

/** Documents link to files of the repository. Where a file is a page of the site, the link leads there; where it is none,
 * such as a source, its text stays without a link. */
export function repositoryLinks(markdown: Markdown): void {
  markdown.core.ruler.push('repository-links', ({ tokens, env }) => {
    for (const token of tokens) {
      if (token.children !== null) token.children = relinked(token.children, env as MarkdownEnv)
    }
  })
}

function relinked(tokens: readonly Token[], env: MarkdownEnv): Token[] {
  let isDropping = false
  return tokens.filter((token) => {
    if (token.type === 'image') redirectImage(token, env)
    if (token.type === 'link_open') isDropping = !redirectLink(token, env)
    else if (token.type === 'link_close' && isDropping) {
      isDropping = false
      return false
    }
    return token.type !== 'link_open' || !isDropping
  })
}

/** False where the target is no page. */
function redirectLink(token: Token, env: MarkdownEnv): boolean {
  const href = String(token.attrGet('href'))
  if (!isLocal(href)) return true
  const [path = '', anchor] = href.split('#')
  const target = posix.join(posix.dirname(sourceOf(env)), decodeURI(path))
  const page = /^docs\/.*\.md$/.test(target) ? target.slice('docs/'.length) : pageAt(target)
  if (page === undefined) return false
  token.attrSet('href', `/${page}${anchor === undefined ? '' : `#${anchor}`}`)
  return true
}

/** A folder stands for its README. */
function pageAt(target: string): string | undefined {
  return pageOf.get(target) ?? pageOf.get(posix.join(target, 'README.md'))
}

function redirectImage(token: Token, env: MarkdownEnv): void {
  const source = String(token.attrGet('src'))
  if (!isLocal(source)) return
  const file = posix.join(posix.dirname(sourceOf(env)), source)
  token.attrSet('src', `./${posix.relative(posix.dirname(`docs/${env.relativePath}`), file)}`)
}

/** The path of the document from the root of the repository: a page may be made of another file. */
function sourceOf({ frontmatter, relativePath }: MarkdownEnv): string {
  return String(frontmatter?.source ?? `docs/${relativePath}`)
}
