import { balance, createPool, failover, retryStale } from '@millpond/core'
import { heard } from '../heard.js'
import { line } from '../line/line-adapter.js'
import { work } from '../line/line-client.js'
import { LineServer } from '../line/line-server.js'
import { type Answers, answersOf, inWords, load, onlyBy } from '../load.js'
import { finding, type Part } from '../part.js'

/** Connections to each replica. */
const size = 4

export interface ReplicaFigures {
  readonly both: Answers
  /** What was being worked on when a replica was killed, half of it there. */
  readonly inFlight: Answers
  readonly oneKilled: Answers
  readonly bothKilled: Answers
  readonly restarted: Answers
}

/** Reads go to two replicas alike, and to the primary only while there is no replica. */
export const replicas: Part<ReplicaFigures> = async () => {
  await using primary = await LineServer.start('primary')
  await using one = await LineServer.start('replica-1')
  await using two = await LineServer.start('replica-2')
  const poolOf = ({ port, name }: LineServer, min: number) =>
    createPool(line(port), {
      name,
      size: { min, max: size },
      // With a `min`, a pool seeks its server again by itself.
      connect: { backoff: { initialDelay: 20, maxDelay: 50 } },
    })
  const poolOne = poolOf(one, size)
  const poolTwo = poolOf(two, size)
  const pair = balance([poolOne, poolTwo], { eject: { failures: 2, cooldown: 50 } })
  await using reads = failover([pair, poolOf(primary, 0)], { failures: 2, cooldown: 50 })
  // A read may be done twice, so one whose connection was dead is asked again.
  const read = (ms = 1) => retryStale(reads, (socket) => work(socket, ms))

  await pair.warm()
  const both = await load(2 * size, 20, read)

  const asked = Promise.allSettled(Array.from({ length: 2 * size }, () => read(30)))
  await Promise.all([one.requests.reaches(size), two.requests.reaches(size)])
  await two.kill()
  const inFlight = answersOf(await asked)
  const oneKilled = await load(size, 20, read)

  await one.kill()
  const bothKilled = await load(size, 20, read)

  const connected = Promise.all([heard(poolOne, 'connect', size), heard(poolTwo, 'connect', size)])
  await Promise.all([one.restart(), two.restart()])
  await connected
  const restarted = await load(2 * size, 20, read)

  return {
    figures: { both, inFlight, oneKilled, bothKilled, restarted },
    findings: [
      finding(`both replicas share the reads: ${inWords(both)}`, onlyBy(both, 'replica-1', 'replica-2')),
      finding(
        `replica-2 is killed, what was in flight there is asked again: ${inWords(inFlight)}`,
        onlyBy(inFlight, 'replica-1'),
      ),
      finding(`replica-1 goes on alone: ${inWords(oneKilled)}`, onlyBy(oneKilled, 'replica-1')),
      finding(`it is killed too, and the primary steps in: ${inWords(bothKilled)}`, onlyBy(bothKilled, 'primary')),
      finding(`both replicas are back: ${inWords(restarted)}`, onlyBy(restarted, 'replica-1', 'replica-2')),
    ],
  }
}
