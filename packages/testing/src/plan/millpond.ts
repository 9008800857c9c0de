import { version } from '../../package.json'
import type { CommandStreams } from './command-streams.js'
import { planCommand } from './plan-command.js'
import { usage } from './usage.js'
import { UsageError } from './usage-error.js'

/** The command `millpond` with its arguments, `process.argv` from the third on. Resolves with the exit code. */
export async function run(argv: readonly string[], streams: CommandStreams): Promise<number> {
  const { stdout, stderr } = streams
  try {
    if (argv.includes('--help')) stdout.write(usage)
    else if (argv.includes('--version')) stdout.write(`${version}\n`)
    else return await commandOf(argv)(argv.slice(1), streams)
    return 0
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    stderr.write(`${error.message}\n\n${usage}`)
    return 2
  }
}

function commandOf([name]: readonly string[]): typeof planCommand {
  if (name === 'plan') return planCommand
  throw new UsageError(name === undefined ? 'A command is missing' : `There is no command '${name}'`)
}
