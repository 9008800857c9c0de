import { expect, it } from 'vitest'
import { renderSvg } from './render-svg.js'
import { growth } from './scenes/growth.js'
import { retryStale } from './scenes/retry-stale.js'
import { scenes } from './scenes.js'

it.each([growth, retryStale])('draws the same findings by the same bytes: $name', async (scene) => {
  const draw = async () => renderSvg<unknown>(scene, await scene.find())
  const first = await draw()
  expect(await draw()).toBe(first)
})

it('begins with a title and a description, for those who cannot see it', async () => {
  const svg = renderSvg(retryStale, await retryStale.find())
  expect(svg).toMatch(
    /^<svg [^>]*role="img" aria-labelledby="title description"[^>]*>\n<title id="title">Requests that/,
  )
  expect(svg).toContain('<desc id="description">Of 5,000 requests one in fifty')
  expect(svg).toContain('fill="#ffffff"')
})

it('has a name of its own for each scene', () => {
  const names = scenes.map(({ name }) => name)
  expect(new Set(names).size).toBe(names.length)
})
