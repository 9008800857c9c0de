import { type ChildProcess, fork } from 'node:child_process'
import { pinMeasured } from './pinning.js'
import { program } from './program.js'
import type { Durations, Round } from './stopwatch.js'
import type { Task } from './task.js'
import type { Message } from './worker.js'

/** One task, warm, in a process of its own. */
export interface MeasuringProcess {
  round(): Promise<Round>
  end(): void
}

export async function processOf(task: Task, durations: Durations): Promise<MeasuringProcess> {
  const args = [task, durations].map((value) => JSON.stringify(value))
  const child = fork(worker.path, args, {
    execArgv: worker.execArgv,
    cwd: worker.cwd,
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  pinMeasured(child.pid)
  const end = () => child.connected && child.disconnect()
  try {
    await nextMessage(child, task)
  } catch (error) {
    end()
    throw error
  }
  return {
    async round() {
      const message = nextMessage(child, task)
      child.send('round')
      const answer = await message
      if (!('nanoseconds' in answer)) throw new Error(`${task.name} answered a round with no time`)
      return answer
    },
    end,
  }
}

const worker = program('worker')

function nextMessage(child: ChildProcess, { name }: Task): Promise<Exclude<Message, { error: string }>> {
  return new Promise((resolve, reject) => {
    const settle = () => {
      child.off('message', hear)
      child.off('exit', miss)
    }
    const hear = (message: Message) => {
      settle()
      if ('error' in message) reject(new Error(`${name} failed: ${message.error}`))
      else resolve(message)
    }
    const miss = (code: number | null) => {
      settle()
      reject(new Error(`the process of ${name} ended early (exit code ${code})`))
    }
    child.on('message', hear)
    child.on('exit', miss)
  })
}
