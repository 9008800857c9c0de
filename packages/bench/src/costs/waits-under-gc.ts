import { PerformanceObserver } from 'node:perf_hooks'
import type { Contender } from '../contender.js'
import { createContender } from '../contenders/index.js'
import { quantile } from '../statistics.js'
import type { Figures, GcProbe } from './probe.js'
import { webServer } from './web-server.js'

/** Acquires that fall due in a second, whether or not those before them have been served. */
const rate = 5_000

/**
 * Requests come at an even pace and each takes a connection for one turn of the event loop; each wait counts from the
 * moment at which the request was due, so that whoever comes during a pause has waited for it.
 */
export async function waitsUnderGc({ contender: name, duration }: GcProbe): Promise<Figures> {
  const contender = await createContender(name)
  const collecting = gcTime()
  const handle = webServer()
  await serve(contender, handle, duration / 3)
  collecting.restart()
  const waits = await serve(contender, handle, duration)
  return {
    p50: quantile(waits, 0.5),
    p99: quantile(waits, 0.99),
    'p99.9': quantile(waits, 0.999),
    gc: (collecting.total() * 1000) / duration,
  }
}

/** For so many ms. Resolves with the wait of each request, in ms. */
function serve(contender: Contender, handle: () => void, duration: number): Promise<readonly number[]> {
  const total = Math.round((duration * rate) / 1000)
  const waits: number[] = []
  const began = performance.now()
  let due = 0
  let held: unknown[] = []

  async function request(at: number): Promise<void> {
    const lease = await contender.acquire()
    waits.push(performance.now() - at)
    handle()
    held.push(lease)
  }

  return new Promise((resolve, reject) => {
    const turn = () => {
      const returning = held
      held = []
      for (const lease of returning) contender.release(lease)
      if (waits.length === total) return resolve(waits)
      const arrived = Math.min(total, Math.floor(((performance.now() - began) * rate) / 1000))
      while (due < arrived) request(began + (++due * 1000) / rate).catch(reject)
      setImmediate(turn)
    }
    turn()
  })
}

/** ms that the garbage collector has taken. */
function gcTime(): { restart(): void; total(): number } {
  let total = 0
  const add = (entries: readonly { readonly duration: number }[]) => {
    for (const { duration } of entries) total += duration
  }
  const observer = new PerformanceObserver((list) => add(list.getEntries()))
  observer.observe({ entryTypes: ['gc'] })
  return {
    restart() {
      observer.takeRecords()
      total = 0
    },
    total() {
      add(observer.takeRecords())
      return total
    },
  }
}
