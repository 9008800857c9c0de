import type { EChartsCoreOption } from 'echarts/core'
import { coloursOf, sideOf } from './colours.js'
import type { Axis, Plot, PlotSeries } from './plot.js'

const font = 'system-ui, sans-serif'
const ink = '#222222'
const line = '#dddddd'
const barHeight = 20

export function sizeOf({ kind, series }: Plot): { width: number; height: number } {
  if (kind === 'points') return { width: 760, height: 460 }
  const bars = series.reduce((sum, { points }) => sum + points.length, 0)
  const gaps = series[0]?.points.length ?? 0
  return { width: 760, height: 150 + bars * barHeight + gaps * 14 }
}

/** What echarts is to draw. */
export function optionOf(plot: Plot): EChartsCoreOption {
  return plot.kind === 'points' ? pointsOption(plot) : barsOption(plot)
}

function pointsOption(plot: Plot): EChartsCoreOption {
  const { x, y, series } = plot
  const colours = coloursOf(series.map(({ name }) => name))
  return {
    ...frameOf(plot),
    xAxis: { ...axisOf(x, categoriesOf(series)), nameLocation: 'middle', nameGap: 32 },
    yAxis: { ...axisOf(y), ...aboveTheAxis },
    series: series.map(({ name, points }) => ({
      type: 'line',
      name,
      emphasis: { disabled: true },
      data: points,
      symbol: 'circle',
      symbolSize: 7,
      lineStyle: { width: sideOf(name) === 'ours' ? 3 : 2, type: sideOf(name) === 'floor' ? 'dashed' : 'solid' },
      color: colours.get(name),
      z: sideOf(name) === 'ours' ? 3 : 2,
    })),
  }
}

/** Lying, the first at the top: names need no turning of the head. */
function barsOption(plot: Plot): EChartsCoreOption {
  const { x, y, series } = plot
  const categories = categoriesOf(series) ?? []
  return {
    ...frameOf(plot),
    xAxis: { ...axisOf(y), ...(y.scale === 'log' && startOf(series)), nameLocation: 'middle', nameGap: 32 },
    yAxis: { ...axisOf(x, categories), ...aboveTheAxis, inverse: true, name: '' },
    series: series.map((one) => ({
      type: 'bar',
      name: one.name,
      emphasis: { disabled: true },
      data: one.points.map(([name, value]) => ({ value, itemStyle: { color: barColour(plot, one, String(name)) } })),
      color: coloursOf(series.map(({ name }) => name)).get(one.name),
      barWidth: barHeight - 6,
      label: {
        show: true,
        position: 'right',
        color: ink,
        fontFamily: font,
        formatter: ({ value }: { value: number }) => figure(value),
      },
    })),
  }
}

/** A bar of a figure below 1 would start at 1, and point backwards. */
function startOf(series: readonly PlotSeries[]) {
  const least = Math.min(...series.flatMap(({ points }) => points.map(([, y]) => y)))
  const decade = 10 ** Math.floor(Math.log10(least))
  return { min: decade, startValue: decade }
}

/** Of one series alone the bars are told apart by who they stand for; of several, by the series. */
function barColour({ series }: Plot, { name: ofSeries, points }: PlotSeries, ofPoint: string): string | undefined {
  const [names, name] =
    series.length === 1 ? [points.map(([x]) => String(x)), ofPoint] : [series.map((one) => one.name), ofSeries]
  return coloursOf(names).get(name)
}

const aboveTheAxis = {
  nameLocation: 'end',
  nameGap: 14,
  nameTextStyle: { align: 'left', color: ink, fontFamily: font, fontSize: 13 },
}

function frameOf({ title, series }: Plot) {
  return {
    animation: false,
    backgroundColor: '#ffffff',
    textStyle: { fontFamily: font, color: ink },
    title: {
      text: title,
      left: 16,
      top: 12,
      textStyle: { fontSize: 17, fontWeight: 'bold', color: ink, fontFamily: font },
    },
    legend: {
      show: series.length > 1,
      left: 16,
      top: 42,
      width: 728,
      itemGap: 26,
      textStyle: { color: ink, fontSize: 13, fontFamily: font },
    },
    grid: {
      left: 32,
      right: 56,
      top: series.length > 1 ? 120 : 70,
      bottom: 48,
      outerBoundsMode: 'same',
      outerBoundsContain: 'axisLabel',
    },
  }
}

/** Names along the x axis; nothing where there are figures. */
function categoriesOf(series: readonly PlotSeries[]): string[] | undefined {
  const points = series.flatMap(({ points }) => points)
  if (points.every(([x]) => typeof x === 'number')) return undefined
  return [...new Set(points.map(([x]) => String(x)))]
}

function axisOf({ title, scale = 'linear' }: Axis, categories?: readonly string[]) {
  return {
    type: categories === undefined ? (scale === 'log' ? 'log' : 'value') : 'category',
    ...(categories !== undefined && { data: categories }),
    name: title,
    nameTextStyle: { color: ink, fontFamily: font, fontSize: 13 },
    axisLabel: {
      color: ink,
      fontFamily: font,
      fontSize: 13,
      ...(categories === undefined && { formatter: (value: number) => figure(value) }),
    },
    axisLine: { lineStyle: { color: '#888888' } },
    splitLine: { show: categories === undefined, lineStyle: { color: line } },
  }
}

function figure(value: number): string {
  if (Math.abs(value) >= 1e6) return `${Number((value / 1e6).toPrecision(3))} M`
  return Number(value.toPrecision(3)).toLocaleString('en-US')
}
