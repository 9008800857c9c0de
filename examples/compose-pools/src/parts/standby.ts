import { createPool, failover } from '@millpond/core'
import { heard } from '../heard.js'
import { line } from '../line/line-adapter.js'
import { work } from '../line/line-client.js'
import { LineServer } from '../line/line-server.js'
import { type Answers, answersOf, inWords, load, onlyBy } from '../load.js'
import { finding, type Part } from '../part.js'

const clients = 4

export interface StandbyFigures {
  readonly before: Answers
  /** What was being worked on when the primary was killed. */
  readonly inFlight: Answers
  readonly down: Answers
  /** Writes that the standby did until the restarted primary was found. */
  readonly untilBack: number
  readonly after: Answers
}

/** Writes go to the primary, and to its standby while the primary is down. */
export const standby: Part<StandbyFigures> = async () => {
  await using primary = await LineServer.start('primary')
  await using secondary = await LineServer.start('standby')
  const toPrimary = createPool(line(primary.port), { name: 'primary', size: { max: clients } })
  const toStandby = createPool(line(secondary.port), { name: 'standby', size: { max: clients } })
  await using writes = failover([toPrimary, toStandby], { failures: 2, cooldown: 50, maxCooldown: 100 })
  const write = (ms = 1) => writes.use((socket) => work(socket, ms))

  const before = await load(clients, 20, write)

  // Nobody can tell whether these are done, so they are not asked again: their callers are told.
  const asked = Promise.allSettled(Array.from({ length: clients }, () => write(30)))
  const noticed = heard(toPrimary, 'disconnect', clients)
  await primary.requests.reaches(clients)
  await primary.kill()
  const inFlight = answersOf(await asked)
  await noticed
  const down = await load(clients, 20, write)

  await primary.restart()
  const answers: string[] = []
  while (answers.at(-1) !== primary.name) answers.push(await write())
  const untilBack = answers.length - 1
  const after = await load(clients, 20, write)

  return {
    figures: { before, inFlight, down, untilBack, after },
    findings: [
      finding(`the primary does all writes: ${inWords(before)}`, onlyBy(before, 'primary')),
      finding(`it is killed, what was in flight fails: ${inWords(inFlight)}`, inFlight.failed === clients),
      finding(`nothing else fails, the standby steps in: ${inWords(down)}`, onlyBy(down, 'standby')),
      finding(
        `the primary, started again, was found ${untilBack} writes later: ${inWords(after)}`,
        onlyBy(after, 'primary'),
      ),
    ],
  }
}
