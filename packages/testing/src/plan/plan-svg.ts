import { type ScaleLinear, scaleLinear } from 'd3-scale'
import { line, symbol, symbolCircle } from 'd3-shape'
import { advice } from './advice.js'
import { connections, ms } from './in-words.js'
import type { Plan } from './make-plan.js'
import type { SizeTrial } from './size-trial.js'
import { element, type Markup } from './svg-element.js'

const width = 720
const height = 420
const frame = { left: 70, right: 700, top: 50, bottom: 360 }
const colour = { ink: '#24292f', faint: '#d0d7de', curve: '#0969da', target: '#cf222e', recommended: '#1a7f37' }
/** px² */
const dot = 40
const ring = 220

interface Scales {
  readonly x: ScaleLinear<number, number>
  readonly y: ScaleLinear<number, number>
}

/** A plot of p99 wait against size, with the target as a line and the recommended size marked. */
export function planSvg(plan: Plan): string {
  const scales = scalesOf(plan)
  const inFrame = element('clipPath', { id: 'frame' }, rectangle())
  const attributes = {
    xmlns: 'http://www.w3.org/2000/svg',
    viewBox: `0 0 ${width} ${height}`,
    width,
    height,
    role: 'img',
    'font-family': 'system-ui, sans-serif',
    'font-size': 13,
    fill: colour.ink,
  }
  const plot = element(
    'svg',
    attributes,
    element('title', {}, advice(plan)),
    element('defs', {}, inFrame),
    element('rect', { width, height, fill: '#ffffff' }),
    label(frame.left, 28, headline(plan), { 'font-size': 16 }),
    ...axisOfSizes(scales),
    ...axisOfWaits(scales),
    ...targetLine(plan, scales),
    element('g', { 'clip-path': 'url(#frame)' }, curve(plan, scales), ...dots(plan, scales)),
    ...mark(plan, scales),
  )
  return `${plot.text}\n`
}

/** What matters is near the target; far above it the curve leaves the frame. */
function scalesOf({ trials, request }: Plan): Scales {
  const sizes = trials.map(({ size }) => size)
  const waits = trials.map(({ wait }) => wait.p99)
  const top = Math.max(1.5 * request.target, Math.min(Math.max(...waits), 5 * request.target), 1.2 * Math.min(...waits))
  const x = scaleLinear([Math.min(...sizes) - 0.5, Math.max(...sizes) + 0.5], [frame.left, frame.right])
  return { x, y: scaleLinear([0, top], [frame.bottom, frame.top]).nice() }
}

function headline({ request }: Plan): string {
  const { rate, p50, p99, connect } = request
  const service = `p50 ${ms(p50)}${p99 === undefined ? '' : `, p99 ${ms(p99)}`}`
  return `${rate} requests a second of ${service}; ${ms(connect)} to connect`
}

function axisOfSizes({ x }: Scales): readonly Markup[] {
  const ticks = x.ticks(10).filter(Number.isInteger)
  const baseline = rule(frame.left, frame.bottom, frame.right, frame.bottom, { stroke: colour.ink })
  const numbers = ticks.map((tick) => label(x(tick), frame.bottom + 20, String(tick), { 'text-anchor': 'middle' }))
  const middle = (frame.left + frame.right) / 2
  return [baseline, ...numbers, label(middle, height - 15, 'connections (size.max)', { 'text-anchor': 'middle' })]
}

function axisOfWaits({ y }: Scales): readonly Markup[] {
  const ticks = y
    .ticks(6)
    .flatMap((tick) => [
      rule(frame.left, y(tick), frame.right, y(tick), { stroke: colour.faint }),
      label(frame.left - 8, y(tick) + 4, String(tick), { 'text-anchor': 'end' }),
    ])
  const middle = (frame.top + frame.bottom) / 2
  const turned = { 'text-anchor': 'middle', transform: `rotate(-90 20 ${middle})` }
  return [...ticks, label(20, middle, 'p99 wait (ms)', turned)]
}

function targetLine({ request }: Plan, { y }: Scales): readonly Markup[] {
  const at = y(request.target)
  return [
    rule(frame.left, at, frame.right, at, { stroke: colour.target, 'stroke-dasharray': '6 4', class: 'target' }),
    label(frame.right, at - 6, `target ${ms(request.target)}`, { 'text-anchor': 'end', fill: colour.target }),
  ]
}

function curve({ trials }: Plan, { x, y }: Scales): Markup {
  const path = line<SizeTrial>(
    ({ size }) => x(size),
    ({ wait }) => y(wait.p99),
  )
  return element('path', {
    d: path(trials) ?? '',
    fill: 'none',
    stroke: colour.curve,
    'stroke-width': 2,
    class: 'curve',
  })
}

function dots({ trials }: Plan, { x, y }: Scales): readonly Markup[] {
  const d = symbol(symbolCircle, dot)() ?? ''
  return trials.map(({ size, wait }) => {
    const transform = `translate(${x(size)} ${y(wait.p99)})`
    return element(
      'path',
      { d, transform, fill: colour.curve },
      element('title', {}, `${connections(size)}: ${ms(wait.p99)}`),
    )
  })
}

function mark({ trials, recommended, request }: Plan, { x, y }: Scales): readonly Markup[] {
  const trial = trials.find(({ size }) => size === recommended)
  if (trial === undefined) return []
  const [left, top] = [x(trial.size), y(trial.wait.p99)]
  const around = { fill: 'none', stroke: colour.recommended, 'stroke-width': 2, class: 'recommended' }
  // Above the target, on the side to which the curve falls.
  const words = { 'font-weight': 'bold', fill: colour.recommended }
  return [
    element('path', { d: symbol(symbolCircle, ring)() ?? '', transform: `translate(${left} ${top})`, ...around }),
    label(left + 8, y(request.target) - 8, connections(trial.size), words),
  ]
}

function label(x: number, y: number, text: string, more: Readonly<Record<string, string | number>>): Markup {
  return element('text', { x, y, ...more }, text)
}

function rule(x1: number, y1: number, x2: number, y2: number, more: Readonly<Record<string, string>>): Markup {
  return element('line', { x1, y1, x2, y2, ...more })
}

function rectangle(): Markup {
  const { left, right, top, bottom } = frame
  return element('rect', { x: left, y: top - 8, width: right - left, height: bottom - top + 16 })
}
