import { count, markdownTable } from '../markdown.js'
import type { Plot } from '../plots/plot.js'
import { ratiosOf } from '../ratios-of.js'

/** Bytes of an idle connection: by the layout of the connections, then by client. */
export type Bytes = ReadonlyMap<string, ReadonlyMap<string, number>>

export function memoryTable(bytes: Bytes): string {
  const clients = new Set([...bytes.values()].flatMap((column) => [...column.keys()]))
  const lines = [...clients].map((client) => [client, ...[...bytes.values()].map((column) => cell(column.get(client)))])
  return markdownTable(['bytes per idle connection', ...bytes.keys()], lines)
}

function cell(bytes: number | undefined): string {
  return bytes === undefined ? '' : count(Math.round(bytes))
}

const compared = [
  { ours: 'millpond', others: ['node', 'agentkeepalive'] },
  { ours: 'millpond dispatcher', others: ['undici.Agent'] },
]

/** How many times ours another's connection is. */
export function memoryRatios(bytes: Bytes): Record<string, number> {
  return ratiosOf(
    [...bytes].flatMap(([layout, column]) =>
      compared.flatMap(({ ours, others }) =>
        others.map((other) => {
          const [own, their] = [column.get(ours), column.get(other)]
          return [`${layout}, ${other} × ${ours}`, own && their && their / own] as const
        }),
      ),
    ),
  )
}

export function memoryPlot(bytes: Bytes): Plot {
  return {
    file: 'http-memory',
    title: 'Memory of an idle HTTP connection, its socket included',
    kind: 'bars',
    x: { title: '' },
    y: { title: 'bytes' },
    series: [...bytes].map(([layout, column]) => ({ name: layout, points: [...column] })),
  }
}
