import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { scenes } from './scenes.js'

const read = (path: string) => readFileSync(fileURLToPath(new URL(path, import.meta.url)), 'utf8')
const pages = readdirSync(fileURLToPath(new URL('../policies', import.meta.url))).filter((name) => name.endsWith('.md'))
const policyPages = pages.filter((name) => name !== 'index.md')
const textOf = (page: string) => read(`../policies/${page}`)

it('has every picture on a page, and no picture on a page that is not drawn', () => {
  const shown = pages.flatMap((page) =>
    [...textOf(page).matchAll(/\]\(\/policies\/([^)]*)\.svg\)/g)].map(([, name]) => name),
  )
  expect(shown.toSorted()).toEqual(scenes.map(({ name }) => name).toSorted())
})

it('lists every page in the index', () => {
  const listed = [...textOf('index.md').matchAll(/^\| \[[^\]]*\]\(\.\/([^)]*)\)/gm)].map(([, page]) => page)
  expect(listed.toSorted()).toEqual(policyPages.toSorted())
})

describe.each(policyPages)('%s', (page) => {
  it('says what it does, when to set it, what it costs, where it comes from, and shows it', () => {
    const headings = [...textOf(page).matchAll(/^## (.*)$/gm)].map(([, heading]) => heading)
    expect(headings).toEqual([
      'What it does',
      expect.stringMatching(/^When to (set|use|write)/),
      'What it costs',
      'Where it comes from',
      'Try it',
    ])
  })

  it('cites only rows that the table of options has', () => {
    const table =
      read('../../packages/bench/README.md').match(/<!-- options: begin -->(.*?)<!-- options: end -->/s)?.[1] ?? ''
    const rows = [...table.matchAll(/^\| (.*?) \|/gm)].map(([, row]) => row ?? '')
    const [, costs = ''] = textOf(page).split('\n## What it costs\n')
    const [section = ''] = costs.split('\n## ')
    const cited = [...section.matchAll(/“([^”]*)”/g)].map(([, row]) => row)
    expect(rows).toEqual(expect.arrayContaining(cited))
  })
})
