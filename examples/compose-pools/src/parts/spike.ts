import { createPool } from '@millpond/core'
import { line } from '../line/line-adapter.js'
import { work } from '../line/line-client.js'
import { LineServer } from '../line/line-server.js'
import { finding, type Part } from '../part.js'

const warm = 5
/** ms until a connection is open. */
const connect = 200
const short = { requests: 50, ms: 2 }
const long = { requests: 20, ms: 300 }

interface Load {
  readonly requests: number
  readonly ms: number
}

type Growth = 'elastic' | 'eager'

export interface Outcome {
  readonly answered: number
  /** Opens that the spike began. */
  readonly opens: number
  /** ms from the first request to the last answer. */
  readonly took: number
}

export interface SpikeFigures {
  readonly short: Readonly<Record<Growth, Outcome>>
  readonly long: Readonly<Record<Growth, Outcome>>
}

/** Elastic growth, the default, opens a connection only when that should beat waiting for one to come free. */
export const spike: Part<SpikeFigures> = async () => {
  const figures = {
    short: { elastic: await rush('elastic', short), eager: await rush('eager', short) },
    long: { elastic: await rush('elastic', long), eager: await rush('eager', long) },
  }
  const { elastic, eager } = figures.short
  return {
    figures,
    findings: [
      finding(`${told(short, elastic)}, with elastic growth`, elastic.opens <= warm),
      finding(`${told(short, eager)}, with eager growth`, eager.opens === short.requests - warm),
      finding(`${told(long, figures.long.elastic)}, with elastic growth`, figures.long.elastic.opens >= warm),
      finding(
        `${told(long, figures.long.eager)}, with eager growth`,
        figures.long.eager.opens === long.requests - warm,
      ),
    ],
  }
}

/** All requests at once on a few warm connections. */
async function rush(growth: Growth, { requests, ms }: Load): Promise<Outcome> {
  await using server = await LineServer.start('database', { handshake: connect })
  await using pool = createPool(line(server.port), { size: { max: 50 }, connect: { growth } })
  await pool.warm(warm)
  let opens = 0
  pool.on('connecting', () => opens++)

  const began = performance.now()
  const answers = await Promise.all(Array.from({ length: requests }, () => pool.use((socket) => work(socket, ms))))
  return { answered: answers.length, opens, took: performance.now() - began }
}

function told({ requests, ms }: Load, { answered, opens, took }: Outcome): string {
  const spike = `${answered} of ${requests} requests of ${ms} ms answered within ${Math.round(took)} ms`
  return `${spike}, ${opens} connections opened`
}
