import type { SlowPhase } from './guard-stats.js'

const what: Record<SlowPhase, string> = {
  header: 'the headers of a request did not arrive within header.timeout',
  request: 'a request did not arrive within request.timeout',
  progress: 'no byte of a body arrived for request.progress',
  rate: 'a body came slower than request.minRate',
}

/** The `error` of a `disconnect` with the reason `timeout`: what the peer was too slow at. */
export class SlowPeerError extends Error {
  override readonly name = 'SlowPeerError'
  readonly code = 'ERR_GUARD_SLOW_PEER' as const
  readonly phase: SlowPhase

  constructor(phase: SlowPhase) {
    super(`${what[phase]}: a slow network, or somebody who holds connections on purpose`)
    this.phase = phase
  }
}
