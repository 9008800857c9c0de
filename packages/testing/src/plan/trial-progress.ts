import cliProgress from 'cli-progress'
import type { CommandStreams } from './command-streams.js'
import type { OnTrial } from './size-trial.js'

/** A progress bar for one simulation after the other: how many there will be depends on what they find. */
export interface TrialProgress {
  readonly onTrial: OnTrial
  stop(): void
}

/** On a terminal only. */
export function showTrials(stream: CommandStreams['stderr']): TrialProgress {
  if (stream.isTTY !== true) return { onTrial: () => {}, stop: () => {} }
  const bar = new cliProgress.SingleBar({
    stream,
    format: 'simulating {what} [{bar}] {percentage} %',
    barsize: 30,
    clearOnComplete: true,
    // Its listeners would keep Ctrl-C from ending the process.
    gracefulExit: false,
    // Drawn by its own timer alone: one that is set while virtual time has its turn counts as a mistake.
    synchronousUpdate: false,
  })
  bar.start(1, 0, { what: '…' })
  return { onTrial: (what, share) => bar.update(share, { what }), stop: () => bar.stop() }
}
