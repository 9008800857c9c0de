import { BarChart, LineChart } from 'echarts/charts'
import { GridComponent, LegendComponent, TitleComponent } from 'echarts/components'
import { init, setPlatformAPI, use } from 'echarts/core'
import { SVGRenderer } from 'echarts/renderers'
import { optionOf, sizeOf } from './chart-option.js'
import type { Plot } from './plot.js'

use([BarChart, LineChart, GridComponent, LegendComponent, TitleComponent, SVGRenderer])

// Without a canvas it guesses widths too small for some of the fonts that the picture may be shown in.
setPlatformAPI({
  measureText: (text: string, font?: string) => ({ width: text.length * sizeOfFont(font) * 0.6 }),
})

function sizeOfFont(font = ''): number {
  return Number(/([\d.]+)px/.exec(font)?.[1] ?? 12)
}

/** The plot as SVG: the same text for the same plot. */
export function draw(plot: Plot): string {
  const chart = init(null, null, { renderer: 'svg', ssr: true, ...sizeOf(plot) })
  try {
    chart.setOption(optionOf(plot))
    return titled(withStableIds(chart.renderToSVGString()), plot.title)
  } finally {
    chart.dispose()
  }
}

/** For who does not see it. */
function titled(svg: string, title: string): string {
  return `${svg.replace(/<svg [^>]*>/, (tag) => `${tag}\n<title>${escaped(title)}</title>`)}\n`
}

/** The renderer numbers its pictures from the start of the process on. */
function withStableIds(svg: string): string {
  const numbers = new Map<string, number>()
  return svg.replaceAll(/zr\d+-([a-z]+)-?(\d+)/g, (_, kind: string, number: string) => {
    const key = `${kind}${number}`
    if (!numbers.has(key)) numbers.set(key, numbers.size)
    return `plot-${kind}-${numbers.get(key)}`
  })
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
