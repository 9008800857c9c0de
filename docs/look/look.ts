// Opens every page of the built site in chromium, as wide as a desktop and as a phone, and fails on whatever a reader
// would notice. `--only PART`: the pages whose name has it. Pictures go to docs/.look/.

import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { type Browser, chromium } from 'playwright-core'
import { htmlFiles } from '../build/follow-links.js'
import { chromiumPath } from './chromium-path.js'
import { lookAt } from './look-at.js'
import { serveSite } from './serve-site.js'

const docs = fileURLToPath(new URL('..', import.meta.url))
const dist = join(docs, '.vitepress', 'dist')
const pictures = join(docs, '.look')
const sizes = [
  { name: 'desktop', width: 1280, height: 900 },
  { name: 'phone', width: 390, height: 844 },
]

const { values } = parseArgs({ options: { only: { type: 'string', default: '' } } })
const paths = htmlFiles(dist).filter((path) => path !== '404.html' && path.includes(values.only))
if (paths.length === 0) throw new Error(`no page of the site has ${values.only} in its name`)

rmSync(pictures, { recursive: true, force: true })
mkdirSync(pictures, { recursive: true })
const site = await serveSite(dist)
// Root, as in a container, may not have chromium's sandbox; the pages are our own.
const browser = await chromium.launch({ executablePath: chromiumPath(), args: ['--no-sandbox'] })
try {
  const faults = (await Promise.all(sizes.map((size) => lookAtAll(browser, size)))).flat()
  if (faults.length > 0) {
    console.error(`${faults.length} faults:\n${faults.join('\n')}`)
    process.exitCode = 1
  }
  console.log(`${paths.length} pages in ${sizes.length} widths`)
} finally {
  await browser.close()
  await site.close()
}

async function lookAtAll(browser: Browser, { name, width, height }: (typeof sizes)[number]): Promise<string[]> {
  const context = await browser.newContext({ viewport: { width, height }, reducedMotion: 'reduce' })
  const page = await context.newPage()
  const faults: string[] = []
  for (const path of paths) {
    const picture = isPictured(path) ? join(pictures, `${path.replaceAll('/', '+')}.${name}.png`) : undefined
    const found = await lookAt(page, `${site.origin}/${path}`, picture)
    faults.push(...found.map((fault) => `${path} at ${width} px: ${fault}`))
  }
  await context.close()
  return faults
}

/** The pages of the reference are all alike. */
function isPictured(path: string): boolean {
  return !path.startsWith('reference/') || path.endsWith('core/interfaces/Pool.html')
}
