import * as echarts from 'echarts'
import { WIDTH } from './chart.js'
import type { Scene } from './scene.js'

/** Draws a scene. The same findings, the same bytes. */
export function renderSvg<F>(scene: Scene<F>, findings: F): string {
  const { option, height } = scene.show(findings)
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height })
  try {
    chart.setOption(option)
    return described(asPicture(chart.renderToSVGString()), scene)
  } finally {
    chart.dispose()
  }
}

/** What is for pages that it is part of goes, and so does what counts the charts that the process has drawn. */
function asPicture(svg: string): string {
  return svg
    .replaceAll(/ (?:class|ecmeta_\w+)="[^"]*"/g, '')
    .replaceAll(/<style[^>]*>.*?<\/style>\s*/gs, '')
    .replaceAll(/\bzr\d+-/g, 'zr-')
}

function described(svg: string, { title, description }: Pick<Scene, 'title' | 'description'>): string {
  const head = `role="img" aria-labelledby="title description"`
  const texts = `<title id="title">${escaped(title)}</title><desc id="description">${escaped(description)}</desc>`
  return `${svg.replace(/^<svg ([^>]*)>/, `<svg $1 ${head}>\n${texts}`)}\n`
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
}
