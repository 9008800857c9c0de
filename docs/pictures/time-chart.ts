import type { EChartsOption } from 'echarts'
import { base, type Chart, type Colour, colours, FONT_SIZE, label, panelTitle, WIDTH } from './chart.js'

/** Seconds and a value. */
export type Point = readonly [second: number, value: number]

/** One setting, which has the same colour in all panels. */
export interface Line {
  readonly name: string
  readonly colour: Colour
  readonly dashed?: boolean
}

export interface TimePanel {
  readonly title: string
  /** One list for each line. */
  readonly points: readonly (readonly Point[])[]
  /** Seconds that are set off by a colour, and what happens in them. */
  readonly band?: { readonly from: number; readonly until: number; readonly name: string }
  /** The values hold until the next point ('end'), or since the one before ('start'). */
  readonly steps?: 'start' | 'end'
}

const LEFT = 50
const RIGHT = 16
const TITLE = 30
const PLOT = 140
const AXIS = 34
const LEGEND_ROW = 24

/** Lines, as they are drawn below. */
const icons = { solid: 'path://M0 0H28V3H0Z', dashed: 'path://M0 0H11V3H0ZM17 0H28V3H17Z' }

/** Values over time, one panel below the other. */
export function timeChart(lines: readonly Line[], panels: readonly TimePanel[]): Chart {
  const legend = legendRows(lines) * LEGEND_ROW + 6
  const room = TITLE + PLOT + AXIS
  const topOf = (panel: number) => legend + panel * room
  const option: EChartsOption = {
    ...base,
    legend: {
      left: 6,
      top: 4,
      selectedMode: false,
      itemWidth: 28,
      itemHeight: 14,
      itemGap: 26,
      textStyle: { ...label, fontSize: FONT_SIZE },
      data: lines.map(({ name, dashed }) => ({ name, icon: dashed === true ? icons.dashed : icons.solid })),
    },
    title: panels.map((panel, i) => ({
      text: titleOf(panel),
      left: 8,
      top: topOf(i),
      padding: 4,
      textStyle: panelTitle,
    })),
    grid: panels.map((_, i) => ({ left: LEFT, right: RIGHT, top: topOf(i) + TITLE, height: PLOT })),
    xAxis: panels.map((panel, gridIndex) => ({
      gridIndex,
      type: 'value',
      min: 0,
      max: lastSecond(panel),
      interval: intervalOf(lastSecond(panel)),
      splitLine: { show: false },
      axisLabel: { ...label, formatter: '{value} s', hideOverlap: true },
    })),
    yAxis: panels.map((_, gridIndex) => ({
      gridIndex,
      type: 'value',
      min: 0,
      splitNumber: 3,
      axisLabel: { ...label, formatter: (value: number) => value.toLocaleString('en') },
      splitLine: { lineStyle: { color: '#e5e7eb' } },
    })),
    series: panels.flatMap((panel, i) => lines.map((line, n) => seriesOf(panel, i, line, n))),
  }
  return { option, height: topOf(panels.length) }
}

/** What has held since the point before, of the first point has held from the beginning. */
function fromTheBeginning(points: readonly Point[], steps: TimePanel['steps']): readonly Point[] {
  const [first] = points
  return steps === 'start' && first !== undefined ? [[0, first[1]], ...points] : points
}

function titleOf({ title, band }: TimePanel): string {
  return band === undefined ? title : `${title}; grey: ${band.name}`
}

function seriesOf(panel: TimePanel, index: number, { name, colour, dashed = false }: Line, n: number) {
  return {
    type: 'line' as const,
    name,
    xAxisIndex: index,
    yAxisIndex: index,
    symbol: 'none',
    silent: true,
    color: colours[colour],
    lineStyle: { width: 2.5, type: dashed ? ('dashed' as const) : ('solid' as const) },
    data: fromTheBeginning(panel.points[n] ?? [], panel.steps).map(([second, value]) => [second, value]),
    ...(panel.steps !== undefined && { step: panel.steps }),
    ...(panel.band !== undefined && n === 0 && { markArea: areaOf(panel.band) }),
  }
}

function areaOf({ from, until }: NonNullable<TimePanel['band']>) {
  return {
    silent: true,
    itemStyle: { color: '#eceef1' },
    data: [[{ xAxis: from }, { xAxis: until }]] as [{ xAxis: number }, { xAxis: number }][],
  }
}

function lastSecond({ points }: TimePanel): number {
  return Math.ceil(Math.max(...points.flat().map(([second]) => second)))
}

/** Seconds between two labels, of which there is room for five. */
function intervalOf(last: number): number {
  return [1, 2, 3, 5, 10, 20, 30, 60].find((seconds) => last % seconds === 0 && last / seconds <= 5) ?? last
}

/** As many as the names take, at about half their height for each letter. */
function legendRows(lines: readonly Line[]): number {
  let rows = 1
  let used = 0
  for (const { name } of lines) {
    const width = 28 + 26 + 8 + name.length * FONT_SIZE * 0.5
    if (used > 0 && used + width > WIDTH - 12) {
      rows++
      used = 0
    }
    used += width
  }
  return rows
}
