import { createMarkdownRenderer } from 'vitepress'
import { beforeAll, describe, expect, it } from 'vitest'
import { anchorOf } from './anchor.js'
import { repositoryLinks } from './repository-links.js'

type Renderer = Awaited<ReturnType<typeof createMarkdownRenderer>>
let markdown: Renderer

beforeAll(async () => {
  markdown = await createMarkdownRenderer('docs', { config: repositoryLinks, anchor: { slugify: anchorOf } })
})

function rendered(text: string, relativePath: string): string {
  return markdown.render(text, { path: `docs/${relativePath}`, relativePath, cleanUrls: false })
}

describe('a link of a page', () => {
  it('to a README leads to the page that is made of it', () => {
    const html = rendered('[core](../../packages/core/README.md#events)', 'concepts/events.md')
    expect(html).toContain('href="/readme/core.html#events"')
  })

  it('to a folder with a README leads to the page that is made of that', () => {
    expect(rendered('[it](../examples/keep-alive)', 'sizing.md')).toContain('href="/readme/examples/keep-alive.html"')
  })

  it('to another page of the guide leads there', () => {
    expect(rendered('[it](../sizing.md)', 'concepts/events.md')).toContain('href="/sizing.html"')
  })

  it('to a source keeps its text and is no link', () => {
    const html = rendered('see [`pool.ts`](../packages/core/src/pool/pool.ts), and [x](./sizing.md)', 'index.md')
    expect(html).toContain('see <code>pool.ts</code>, and <a href="/sizing.html">x</a>')
  })

  it.each(['https://example.org/a.ts', '/reference/', '#here'])('to %s is left as it is', (target) => {
    expect(rendered(`[it](${target})`, 'sizing.md')).toContain(`href="${target}"`)
  })
})

describe('a page that is made of a README', () => {
  const source = '---\nsource: packages/core/README.md\n---\n\n'

  it('takes its links from where the README is', () => {
    const html = rendered(
      `${source}[options](../../README.md#options) [tcp](../tcp) [file](src/index.ts)`,
      'readme/core.md',
    )
    expect(html).toContain('href="/readme/millpond.html#options"')
    expect(html).toContain('href="/readme/tcp.html"')
    expect(html).toContain('file</p>')
  })

  it('takes its pictures from there, too', () => {
    expect(rendered(`${source}![plot](plots/a.svg)`, 'readme/core.md')).toContain(
      'src="./../../packages/core/plots/a.svg"',
    )
  })
})

describe('anchorOf', () => {
  it.each([
    ['What it does beyond Node’s agent', 'what-it-does-beyond-nodes-agent'],
    ['ERR_POOL_CONNECT', 'err_pool_connect'],
    ['Flush, pause & close', 'flush-pause--close'],
  ])('makes of %s what GitHub makes of it', (heading, anchor) => expect(anchorOf(heading)).toBe(anchor))
})
