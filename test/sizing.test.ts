import { expect, it } from 'vitest'
import { read } from './markdown.js'

/** What a document shows of `millpond plan` recommending a size. */
function planIn(document: string): string | undefined {
  return /^```text\n(\$ npx @millpond\/testing plan .*?← recommended.*?)^```$/ms.exec(read(document))?.[1]
}

it('shows on the page of sizing the plan that the README of @millpond/testing shows', () => {
  expect(planIn('docs/sizing.md')).toBeDefined()
  expect(planIn('docs/sizing.md')).toBe(planIn('packages/testing/README.md'))
})
