import { defineConfig } from 'vitepress'
import { withMermaid } from 'vitepress-plugin-mermaid'
import { anchorOf } from '../build/anchor.js'
import { repositoryLinks } from '../build/repository-links.js'
import { firstIn, sidebar } from '../build/sidebar.js'

export default withMermaid(
  defineConfig({
    title: 'millpond',
    description: 'A framework for resource pools in Node.js whose every connection is a visible statechart',
    lang: 'en-GB',
    head: [['link', { rel: 'icon', type: 'image/svg+xml', href: '/favicon.svg' }]],
    srcExclude: ['look/**', 'build/**', 'pictures/**'],
    markdown: {
      anchor: { slugify: anchorOf },
      config: repositoryLinks,
    },
    themeConfig: {
      logo: '/favicon.svg',
      nav: [
        { text: 'Guide', link: '/getting-started', activeMatch: '^/(getting-started|concepts|sizing|troubleshooting)' },
        { text: 'Policies', link: firstIn('policies'), activeMatch: '^/policies/' },
        { text: 'Adapters', link: '/adapters/', activeMatch: '^/adapters/' },
        { text: 'Testing', link: '/testing/', activeMatch: '^/testing/' },
        { text: 'Migration', link: firstIn('migration'), activeMatch: '^/migration/' },
        { text: 'Reference', link: '/reference/', activeMatch: '^/reference/' },
      ],
      sidebar,
      outline: { level: [2, 3] },
      search: { provider: 'local' },
      footer: { message: 'MIT licensed. This site loads nothing from elsewhere.' },
    },
    mermaid: { securityLevel: 'strict', state: { nodeSpacing: 24, rankSpacing: 36 } },
    vite: {
      // Mermaid is one chunk of its own, fetched by the pages that have a diagram.
      build: { chunkSizeWarningLimit: 2_000 },
    },
  }),
)
