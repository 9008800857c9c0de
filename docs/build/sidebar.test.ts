import type { DefaultTheme } from 'vitepress'
import { expect, it } from 'vitest'
import { guidePages } from '../../test/guide-pages.js'
import { firstIn, sidebar } from './sidebar.js'

function linksOf(items: readonly DefaultTheme.SidebarItem[]): string[] {
  return items.flatMap(({ link, items = [] }) => [...(link === undefined ? [] : [link]), ...linksOf(items)])
}

const guide = linksOf(sidebar['/'] as DefaultTheme.SidebarItem[])

it('leads to every page of the guide', () => {
  const pages = guidePages().map((path) => path.replace(/^docs/, '').replace(/(\bindex)?\.md$/, ''))
  expect(guide).toEqual(expect.arrayContaining(pages.filter((page) => page !== '/')))
})

it('leads to each page once', () => {
  expect(new Set(guide).size).toBe(guide.length)
})

it('has the pages of a folder in the order in which its index links to them', () => {
  const policies = guide.filter((link) => link.startsWith('/policies/'))
  expect(policies.slice(0, 3)).toEqual(['/policies/', '/policies/size-and-growth', '/policies/queueing'])
  expect(firstIn('policies')).toBe('/policies/')
})

it('leads to the start where a folder has no pages', () => {
  expect(firstIn('nothing-of-the-kind')).toBe('/getting-started')
})
