import { createPool, shareLimit } from '@millpond/core'
import { line } from '../line/line-adapter.js'
import { work } from '../line/line-client.js'
import { LineServer } from '../line/line-server.js'
import { finding, type Part } from '../part.js'

/** Connections that the database bears. */
const limit = 4
const webRequests = 10

export interface SharedLimitFigures {
  /** Connections of the batch while it had the database for itself. */
  readonly batchAlone: number
  readonly webAnswered: number
  /** What the batch got done until then. */
  readonly batchMeanwhile: number
  /** Connections of the web pool when the batch was over. */
  readonly webAlone: number
  /** The most connections at once that the server has counted. */
  readonly most: number
}

/** Two pools of one process, for different work, and one database. */
export const sharedLimit: Part<SharedLimitFigures> = async () => {
  await using server = await LineServer.start('database')
  const policies = [shareLimit(limit)]
  await using web = createPool(line(server.port, 'web'), { name: 'web', policies })
  await using batch = createPool(line(server.port, 'batch'), { name: 'batch', policies })

  let isOver = false
  let batchDone = 0
  const workers = Array.from({ length: 2 * limit }, async () => {
    for (; !isOver; batchDone++) await batch.use((socket) => work(socket, 2))
  })
  const batchIsOver = Promise.allSettled(workers)
  await server.requests.reaches(limit)
  const batchAlone = server.connectionsTo('batch').now

  // The batch always wants more, and yet the web pool gets its turn.
  const before = batchDone
  const requests = Array.from({ length: webRequests }, () => web.use((socket) => work(socket, 2)))
  const { length: webAnswered } = await Promise.all(requests)
  const batchMeanwhile = batchDone - before
  isOver = true
  await batchIsOver

  // The batch's connections are idle now: they make room.
  const leases = await Promise.all(Array.from({ length: limit }, () => web.acquire()))
  const webAlone = server.connectionsTo('web').now
  for (const lease of leases) lease.release()

  const { most } = server.connections
  return {
    figures: { batchAlone, webAnswered, batchMeanwhile, webAlone, most },
    findings: [
      finding(`a batch that never rests had ${batchAlone} connections`, batchAlone === limit),
      finding(
        `${webAnswered} of ${webRequests} web requests were answered, while it did ${batchMeanwhile}`,
        webAnswered === webRequests,
      ),
      finding(`when it was over its idle connections made room for ${webAlone} of the web's`, webAlone === limit),
      finding(`the server counted ${most} connections at most (shareLimit: ${limit})`, most <= limit),
    ],
  }
}
