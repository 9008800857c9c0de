import type { EChartsOption } from 'echarts'

/** Narrow, so that its text can be read on a phone. */
export const WIDTH = 480
export const FONT_SIZE = 14

/** What is drawn, and how much room it takes. */
export interface Chart {
  readonly option: EChartsOption
  readonly height: number
}

/** Colours that differ for every kind of eyesight (Okabe and Ito 2008). */
export const colours = {
  blue: '#0072b2',
  orange: '#d55e00',
  green: '#009e73',
  grey: '#6b7280',
} as const

export type Colour = keyof typeof colours

/** What all charts have in common. The background is its own, so that the picture can be read on a dark page, too. */
export const base = {
  animation: false,
  backgroundColor: '#ffffff',
  textStyle: { fontFamily: 'sans-serif', fontSize: FONT_SIZE, color: '#1f2937' },
} satisfies EChartsOption

export const panelTitle = {
  fontFamily: 'sans-serif',
  fontSize: FONT_SIZE,
  fontWeight: 'bold',
  color: '#1f2937',
} as const
export const label = { fontFamily: 'sans-serif', fontSize: FONT_SIZE - 1, color: '#374151' } as const
