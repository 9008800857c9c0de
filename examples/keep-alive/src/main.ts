import pc from 'picocolors'
import { Interruption } from './interruption.js'
import { type Options, readOptions, usage } from './options.js'
import { table } from './report/table.js'
import { judge } from './report/verdict.js'
import { run } from './run.js'
import { LiveView } from './view/live-view.js'
import { PlainView } from './view/plain-view.js'

const timeLimit = 30_000

/** The same load twice against a server that fails, without a pool and with one. Resolves with the exit code: 0 when
 * everything held of the pooled run that the verdict asks. */
async function main(options: Options): Promise<number> {
  const isLive = process.stdout.isTTY === true && process.env.TERM !== 'dumb'
  const { bold, dim, green, red } = pc.createColors(isLive && pc.isColorSupported)
  const print = (line: string) => console.log(line)
  const view = isLive ? new LiveView(process.stdout) : new PlainView(print)
  const interruption = new Interruption(timeLimit)

  const { handshakeWait, handshakeCpu } = options.server
  const pool = `a pool of at most ${options.max} connections`
  print(bold(`${options.clients} clients ask one server: first without a pool, then with ${pool}.`))
  print(`A handshake costs ${handshakeWait} ms of waiting and ${handshakeCpu} ms of the server's CPU.`)
  print('In both runs the server resets connections, and is killed and started again, twice.\n')
  try {
    const without = await run('without a pool', options, view, interruption.signal)
    const pooled = await run('with a pool', options, view, interruption.signal)
    for (const line of table(without, pooled)) print(line)
    print('')
    const findings = judge(pooled, options)
    for (const { criterion, holds, numbers } of findings) {
      print(`${holds ? green('✓') : red('✗')} ${criterion}`)
      print(`  ${holds ? dim(numbers) : red(numbers)}`)
    }
    const missed = findings.filter(({ holds }) => !holds).length
    print(missed === 0 ? '\nAll of this holds.' : `\n${missed} of these ${findings.length} do not hold.`)
    return missed === 0 ? 0 : 1
  } catch (error) {
    if (!interruption.signal.aborted) throw error
    print(`${interruption.signal.reason.message}: the pool is closed, the server is gone`)
    return interruption.exitCode ?? 1
  }
}

/** Resolves with the options, or undefined when the user was told what is wrong with them. */
function optionsGiven(): Options | undefined {
  try {
    return readOptions(process.argv.slice(2))
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n\n${usage}`)
    return undefined
  }
}

const options = optionsGiven()
process.exitCode = options === undefined ? 2 : await main(options)
