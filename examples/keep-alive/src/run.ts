import { withPool } from './access/with-pool.js'
import { withoutPool } from './access/without-pool.js'
import { Clients } from './load/clients.js'
import { causeFaults, type Faults } from './load/faults.js'
import type { RequestRecord } from './load/request.js'
import type { Options } from './options.js'
import { type Cut, ServerProcess } from './server/server-process.js'
import { Board } from './view/board.js'
import { inShort } from './view/happenings.js'
import type { View } from './view/view.js'

/** What one run leaves behind to be compared and judged. */
export interface RunResult extends Faults {
  readonly duration: number
  readonly requests: readonly RequestRecord[]
  /** By the server's count, over all its lives: connections accepted, most at once, and left when all was closed. */
  readonly accepted: number
  readonly most: number
  readonly left: number
  /** When we cut the connection to which the server gave this name, if we did. */
  cutOf(connection: string): Cut | undefined
}

const ways = {
  'without a pool': withoutPool,
  'with a pool': withPool,
}

/** Runs the load once against a server of its own. Rejects when the signal aborts, with everything ended. */
export async function run(
  way: keyof typeof ways,
  options: Options,
  view: View,
  signal: AbortSignal,
): Promise<RunResult> {
  const server = await ServerProcess.start(options.server)
  const board = new Board(way, options.duration)
  const access = ways[way](server.port, options, board)
  const clients = new Clients(access, options, (error) => board.happenings.add(`a request fails: ${inShort(error)}`))
  board.watch(clients, access)
  view.begin(board)
  board.happenings.add(`the server listens on 127.0.0.1:${server.port}, as process ${server.pid}`)
  const began = performance.now()
  try {
    const faults = await causeFaults(server, options.duration, (what) => board.happenings.add(what), signal)
    await clients.stop()
    const duration = performance.now() - began
    await access.close(options.deadline)
    const { now: left } = await server.count()
    board.happenings.add(`all is closed; the server counts ${left} connections`)
    const { requests } = clients
    const { accepted, most } = server
    return { ...faults, duration, requests, accepted, most, left, cutOf: (name) => server.cutOf(name) }
  } finally {
    const stopped = clients.stop()
    await access.close(500)
    await server.kill()
    await stopped
    view.end()
  }
}
