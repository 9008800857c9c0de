import type net from 'node:net'
import { type Adapter, createPool, defineAdapter, retireWhen } from '@millpond/core'
import { heard } from '../heard.js'
import { line } from '../line/line-adapter.js'
import { work } from '../line/line-client.js'
import { LineServer } from '../line/line-server.js'
import { type Answers, inWords, load, onlyBy } from '../load.js'
import { finding, type Part } from '../part.js'

const clients = 3

export interface PrimaryFigures {
  readonly before: Answers
  /** Who answered the request that was being worked on when the primary changed. */
  readonly inFlight: string
  readonly after: Answers
  /** Connections that the policy has retired. */
  readonly retired: number
}

/** Opens connections to whoever is primary at that moment: what a name in DNS gives, or a service registry. */
function toPrimary(port: () => number): Adapter<net.Socket> {
  return defineAdapter({ ...line(port()), open: (ctx) => line(port()).open(ctx) })
}

/** Connections that lead elsewhere are lent no more; one that is in use is closed when it comes back. */
function leaveYesterdays(port: () => number) {
  return retireWhen<net.Socket>(({ resource }) => resource.remotePort !== port())
}

export const yesterdaysPrimary: Part<PrimaryFigures> = async () => {
  await using monday = await LineServer.start('monday')
  await using tuesday = await LineServer.start('tuesday')
  let primary = monday
  const port = () => primary.port
  await using pool = createPool(toPrimary(port), { size: { max: clients + 1 }, policies: [leaveYesterdays(port)] })
  const request = (ms = 1) => pool.use((socket) => work(socket, ms))

  const before = await load(clients, 10, request)

  const long = request(50)
  await monday.requests.reaches(1)
  const closed = heard(pool, 'disconnect', clients)
  primary = tuesday
  const after = await load(clients, 10, request)
  const inFlight = await long

  await closed
  const { retired } = pool.stats().closed
  return {
    figures: { before, inFlight, after, retired },
    findings: [
      finding(`before the primary moves: ${inWords(before)}`, onlyBy(before, 'monday')),
      finding(`afterwards: ${inWords(after)}`, onlyBy(after, 'tuesday')),
      finding(`what was in flight is answered by ${inFlight}`, inFlight === 'monday'),
      finding(
        `monday has ${monday.connections.now} connections left: ${retired} were retired`,
        monday.connections.now === 0 && retired === clients,
      ),
    ],
  }
}
