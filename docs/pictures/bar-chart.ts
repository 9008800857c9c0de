import type { EChartsOption } from 'echarts'
import { base, type Chart, type Colour, colours, label, panelTitle } from './chart.js'

/** One setting, which has the same colour in all panels. */
export interface Bar {
  readonly name: string
  readonly colour: Colour
}

export interface BarPanel {
  readonly title: string
  /** One for each bar. */
  readonly values: readonly number[]
  /** Digits behind the point. */
  readonly digits?: number
}

const NAMES = 180
const VALUES = 60
const TITLE = 30
const ROW = 30
const GAP = 10

/** Settings compared by some figures, one panel below the other, each with a scale of its own. */
export function barChart(bars: readonly Bar[], panels: readonly BarPanel[]): Chart {
  const plot = bars.length * ROW
  const room = TITLE + plot + GAP
  const topOf = (panel: number) => 6 + panel * room
  const option: EChartsOption = {
    ...base,
    title: panels.map(({ title }, i) => ({ text: title, left: 8, top: topOf(i), padding: 4, textStyle: panelTitle })),
    grid: panels.map((_, i) => ({ left: NAMES, right: VALUES, top: topOf(i) + TITLE, height: plot })),
    xAxis: panels.map((_, gridIndex) => ({ gridIndex, type: 'value', min: 0, show: false })),
    yAxis: panels.map((_, gridIndex) => ({
      gridIndex,
      type: 'category',
      inverse: true,
      data: bars.map(({ name }) => name),
      axisTick: { show: false },
      axisLabel: { ...label, width: NAMES - 16, overflow: 'break', lineHeight: 15 },
    })),
    series: panels.map(({ values, digits = 0 }, index) => ({
      type: 'bar',
      xAxisIndex: index,
      yAxisIndex: index,
      silent: true,
      barWidth: 18,
      data: bars.map(({ colour }, n) => ({ value: values[n] ?? 0, itemStyle: { color: colours[colour] } })),
      label: { ...label, show: true, position: 'right', formatter: ({ value }) => written(Number(value), digits) },
    })),
  }
  return { option, height: topOf(panels.length) }
}

function written(value: number, digits: number): string {
  return value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits })
}
