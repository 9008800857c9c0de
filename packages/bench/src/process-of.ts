import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { type Entrant, nameOf, type Scenario } from './scenario.js'
import type { Durations } from './stopwatch.js'
import type { Message } from './worker.js'

/** One entrant of one scenario, warm, in a process of its own. */
export interface MeasuringProcess {
  /** Resolves with the nanoseconds that one operation took. */
  round(): Promise<number>
  end(): void
}

export async function processOf(entrant: Entrant, scenario: Scenario, durations: Durations): Promise<MeasuringProcess> {
  const args = [entrant.contender, entrant.call, scenario.borrowers, durations.warmUp, durations.round].map(String)
  const child = fork(worker.path, args, { execArgv: worker.execArgv, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  const end = () => child.connected && child.disconnect()
  try {
    await nextMessage(child, entrant)
  } catch (error) {
    end()
    throw error
  }
  return {
    async round() {
      const message = nextMessage(child, entrant)
      child.send('round')
      const answer = await message
      if (!('nanoseconds' in answer)) throw new Error(`${nameOf(entrant)} answered a round with no time`)
      return answer.nanoseconds
    },
    end,
  }
}

// From source in the tests, compiled otherwise.
const isSource = import.meta.url.endsWith('.ts')
const worker = {
  path: fileURLToPath(new URL(isSource ? './worker.ts' : './worker.js', import.meta.url)),
  execArgv: isSource ? ['--import', 'tsx'] : [],
}

function nextMessage(child: ChildProcess, entrant: Entrant): Promise<Exclude<Message, { error: string }>> {
  return new Promise((resolve, reject) => {
    const settle = () => {
      child.off('message', hear)
      child.off('exit', miss)
    }
    const hear = (message: Message) => {
      settle()
      if ('error' in message) reject(new Error(`${nameOf(entrant)} failed: ${message.error}`))
      else resolve(message)
    }
    const miss = (code: number | null) => {
      settle()
      reject(new Error(`the process of ${nameOf(entrant)} ended early (exit code ${code})`))
    }
    child.on('message', hear)
    child.on('exit', miss)
  })
}
