// npm run docs: builds the guide site into docs/.vitepress/dist and follows its links.
//   -- --serve [--port 4173]    shows it on this machine afterwards
//   -- --look [--only PART]     opens every page in chromium, as wide as a desktop and as a phone

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Failure, inForeground, main, quietly, root } from './commands.mjs'
import { setUp } from './set-up.mjs'
import { say, step } from './terminal.mjs'

const docs = join(root, 'docs')
const site = join(docs, '.vitepress', 'dist')
const tool = (path) => join(docs, 'node_modules', path)
const program = (path) => ['--import', 'tsx', join(docs, path)]

await main(async () => {
  const { serve, port, look, only } = readArguments()
  await setUp()
  await build()
  say(`the site is in ${site.replace(root, '')}`)
  if (look) await step('look at every page', () => run(program('look/look.ts').concat('--only', only)))
  if (serve)
    return inForeground(process.execPath, [tool('vitepress/bin/vitepress.js'), 'preview', docs, '--port', port])
})

function readArguments() {
  const options = {
    serve: { type: 'boolean', default: false },
    port: { type: 'string', default: '4173' },
    look: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
  }
  try {
    const { values } = parseArgs({ options })
    if (!/^\d+$/.test(values.port)) throw new Error(`--port is a number, not ${values.port}`)
    return values
  } catch (error) {
    throw new Failure(`${error.message}\nnpm run docs [-- --serve] [--port 4173] [--look] [--only PART]`)
  }
}

async function build() {
  const pictures = 'pictures/draw.ts'
  await step('turn the READMEs into pages', () => run(program('build/write-readmes.ts')))
  if (existsSync(join(docs, pictures))) await step('draw the pictures', () => run(program(pictures)))
  await step('write the reference', () => run([tool('typedoc/bin/typedoc'), '--options', join(docs, 'typedoc.json')]))
  await step('build the site', () => run([tool('vitepress/bin/vitepress.js'), 'build', docs]))
  await step('follow its links', () => run(program('build/check-links.ts')))
}

/** With the packages' sources in their place, as tests have them: nothing has to be built. */
function run(args) {
  return quietly(process.execPath, args, { env: { TSX_TSCONFIG_PATH: join(root, 'tsconfig.base.json') } })
}
