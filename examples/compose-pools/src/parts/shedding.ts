import type net from 'node:net'
import { createPool, definePolicy, isPoolError, type Policy } from '@millpond/core'
import { line } from '../line/line-adapter.js'
import { work } from '../line/line-client.js'
import { LineServer } from '../line/line-server.js'
import { finding, type Part } from '../part.js'

/** Why unimportant work was refused. */
class ShedError extends Error {
  override readonly name = 'ShedError'

  constructor(waiting: number) {
    super(`${waiting} wait already`)
  }
}

/** Refuses acquires of a priority below 0, as soon as they come, while `limit` or more wait. */
function shedLowPriority(limit: number): Policy {
  return definePolicy({
    name: `shedLowPriority(${limit})`,
    admit({ occasion, priority, waiting }) {
      const isShed = occasion === 'arrival' && priority < 0 && waiting >= limit
      return isShed ? { verdict: 'reject', error: new ShedError(waiting) } : 'admit'
    },
  })
}

/** Of each kind. */
const count = 20
const limit = 4

export interface Outcomes {
  readonly orders: number
  readonly reports: number
  /** Reports refused with an `OverloadedError` whose cause is a `ShedError`. */
  readonly shed: number
  /** Acquires that waited when all had been asked for. */
  readonly waiting: number
}

export interface ShedFigures {
  readonly everythingWaits: Outcomes
  readonly reportsAreShed: Outcomes
}

/** Orders and reports come in turn, more of them than two connections can do at once. */
async function rush(policies: readonly Policy<net.Socket>[]): Promise<Outcomes> {
  await using server = await LineServer.start('database')
  await using pool = createPool(line(server.port), { size: { max: 2 }, policies })
  await pool.warm(2)
  const priorities = Array.from({ length: 2 * count }, (_, i) => (i % 2 === 0 ? 1 : -1))
  const asked = priorities.map((priority) => pool.use((socket) => work(socket, 2), { priority }))
  const { waiting } = pool.stats()
  const outcomes = await Promise.allSettled(asked)
  const answered = (priority: number) =>
    outcomes.filter(({ status }, i) => status === 'fulfilled' && priorities[i] === priority).length
  const shed = outcomes.filter((outcome) => outcome.status === 'rejected' && isShed(outcome.reason)).length
  return { orders: answered(1), reports: answered(-1), shed, waiting }
}

function isShed(error: unknown): boolean {
  return isPoolError(error, 'ERR_POOL_OVERLOADED') && error.cause instanceof ShedError
}

export const shedding: Part<ShedFigures> = async () => {
  const everythingWaits = await rush([])
  const reportsAreShed = await rush([shedLowPriority(limit)])
  const told = ({ orders, reports, shed, waiting }: Outcomes) =>
    `${orders} orders and ${reports} reports were done, ${shed} refused; ${waiting} had to wait`
  return {
    figures: { everythingWaits, reportsAreShed },
    findings: [
      finding(`without the policy ${told(everythingWaits)}`, everythingWaits.reports === count),
      finding(
        `with it ${told(reportsAreShed)}`,
        reportsAreShed.orders === count &&
          reportsAreShed.shed > 0 &&
          reportsAreShed.shed + reportsAreShed.reports === count,
      ),
    ],
  }
}
