import { describe, expect, it } from 'vitest'
import { draw } from './draw.js'
import type { Plot } from './plot.js'

const points: Plot = {
  file: 'contention',
  title: 'Cost < by contention',
  kind: 'points',
  x: { title: 'borrowers', scale: 'log' },
  y: { title: 'ns per operation' },
  series: [
    {
      name: 'floor',
      points: [
        [1, 80],
        [1000, 150],
      ],
    },
    {
      name: 'millpond',
      points: [
        [1, 120],
        [1000, 200],
      ],
    },
    {
      name: 'tarn',
      points: [
        [1, 1800],
        [1000, 2263],
      ],
    },
  ],
}
const bars: Plot = {
  file: 'spike',
  title: 'A spike',
  kind: 'bars',
  x: { title: '' },
  y: { title: 'connections opened' },
  series: [
    {
      name: 'opened',
      points: [
        ['millpond pg', 1],
        ['pg.Pool', 45],
      ],
    },
  ],
}

describe('a plot', () => {
  it('is drawn with its title, its axes, a line of each series, and their names', () => {
    const svg = draw(points)
    expect(svg).toMatch(/^<svg [^>]*>\n<title>Cost &lt; by contention<\/title>/)
    for (const text of ['Cost &lt; by contention', 'borrowers', 'ns per operation', 'floor', 'millpond', 'tarn']) {
      expect(svg).toContain(`>${text}</text>`)
    }
    for (const colour of ['#777777', '#0b63ce', '#d55e00']) expect(svg).toContain(`stroke="${colour}"`)
    expect(svg).toContain('>1,000</text>')
  })

  it('of bars has a bar with its figure for each name', () => {
    const svg = draw(bars)
    for (const text of ['millpond pg', 'pg.Pool', '45', 'connections opened']) expect(svg).toContain(`>${text}</text>`)
    expect(svg).toContain('fill="#0b63ce"')
  })

  it('of bars on a logarithmic axis starts below the least of them', () => {
    const [series] = bars.series
    const points = [['a', 0.2] as const, ['b', 4] as const]
    const svg = draw({ ...bars, y: { title: 'ms', scale: 'log' }, series: [{ name: series?.name ?? '', points }] })
    for (const text of ['0.1', '1', '10']) expect(svg).toContain(`>${text}</text>`)
  })

  it('is the same text for the same figures, however many were drawn before', () => {
    const first = draw(points)
    draw(bars)
    expect(draw(points)).toBe(first)
  })
})
