// Fails when a link of the built site leads nowhere.

import { fileURLToPath } from 'node:url'
import { followLinks } from './follow-links.js'

const { pages, links, dead } = followLinks(fileURLToPath(new URL('../.vitepress/dist', import.meta.url)))
if (pages === 0) throw new Error('the site has no pages: build it first')
console.log(`${links} links of ${pages} pages`)
if (dead.length > 0) {
  console.error(`${dead.length} dead links:\n${dead.join('\n')}`)
  process.exitCode = 1
}
