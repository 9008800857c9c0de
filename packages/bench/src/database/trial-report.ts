import { markdownTable } from '../markdown.js'
import type { Plot } from '../plots/plot.js'
import { ratiosOf } from '../ratios-of.js'
import { quantile } from '../statistics.js'
import type { Outcome } from './trial.js'

/** A figure that is told of every pool. */
export interface Figure {
  /** Of its column. */
  readonly title: string
  readonly better: 'more' | 'less'
}

/** How what came of trials is told. */
export interface TrialReport {
  /** Of the table. */
  readonly heading: string
  /** The first is ours, with which the others are compared. */
  readonly clients: readonly string[]
  /** By their names in the outcome. The first is compared. */
  readonly figures: Readonly<Record<string, Figure>>
  /** What is drawn: a plot each, with the figures that share its axis. */
  readonly drawn: readonly (Pick<Plot, 'file' | 'title' | 'y'> & { readonly figures: readonly string[] })[]
}

/** By client, those who took part: medians of an outcome's figures, by their names. */
export type Medians = ReadonlyMap<string, Readonly<Record<string, number>>>

export function mediansOf({ figures }: TrialReport, outcomes: ReadonlyMap<string, readonly Outcome[]>): Medians {
  const median = (all: readonly Outcome[], name: string) =>
    quantile(
      all.map((outcome) => outcome[name] ?? Number.NaN),
      0.5,
    )
  return new Map(
    [...outcomes].map(([client, all]) => [
      client,
      Object.fromEntries(Object.keys(figures).map((name) => [name, median(all, name)])),
    ]),
  )
}

export function trialTable({ heading, figures }: TrialReport, medians: Medians): string {
  const head = [heading, ...Object.values(figures).map(({ title }) => title)]
  const lines = [...medians].map(([client, values]) => [
    client,
    ...Object.keys(figures).map((name) => values[name]?.toFixed(0) ?? ''),
  ])
  return markdownTable(head, lines)
}

/** How many times as good as each other's our first figure is. */
export function trialRatios({ clients, figures }: TrialReport, medians: Medians): Record<string, number> {
  const [[name, { title, better }]] = Object.entries(figures) as [[string, Figure]]
  const [own, ...others] = clients.map((client) => medians.get(client)?.[name])
  return ratiosOf(
    others.map((other, index) => {
      const ratio = own && other && (better === 'more' ? own / other : other / own)
      return [`${title}, × ${clients[index + 1]}`, ratio || undefined]
    }),
  )
}

export function trialPlots({ drawn, figures: all }: TrialReport, medians: Medians): Plot[] {
  return drawn.map(({ figures, ...plot }) => ({
    ...plot,
    kind: 'bars',
    x: { title: '' },
    series: figures.map((figure) => ({
      name: all[figure]?.title ?? figure,
      points: [...medians].map(([client, values]) => [client, values[figure] ?? 0] as const),
    })),
  }))
}
