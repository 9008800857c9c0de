/** A picture of the report: what is drawn, not how. Plain values, kept as JSON beside the tables. */
export interface Plot {
  /** Its name in the report folder, without the suffix; unlike any other plot's. */
  readonly file: string
  readonly title: string
  /** Points are joined by lines; bars stand side by side. */
  readonly kind: 'points' | 'bars'
  readonly x: Axis
  readonly y: Axis
  /** One colour and one line of the legend each. */
  readonly series: readonly PlotSeries[]
}

export interface Axis {
  /** With the unit: `ns per acquire + release`. */
  readonly title: string
  /** Needs figures above 0. Default linear. */
  readonly scale?: 'linear' | 'log'
}

export interface PlotSeries {
  /** In the legend. */
  readonly name: string
  readonly points: readonly Point[]
}

/** Where on the x axis, by figure or by name (all series by the same names, in the same order), and how high. */
export type Point = readonly [x: number | string, y: number]
