import http from 'node:http'
import { Agent, request } from 'undici'

/** What came of the requests that were sent to one server until it had drained. */
export interface LoadReport {
  /** Complete answers. */
  readonly answered: number
  /** Without a byte of an answer: the connection was closed, or not let in. */
  readonly refused: number
  /** Answers that broke off, or were not what they should have been. */
  readonly broken: number
}

const CLIENTS = 64

interface Asked {
  readonly port: number
  readonly kind: 'node' | 'undici'
}

type Outcome = keyof LoadReport

/** One request; what came of it. */
type Ask = () => Promise<Outcome>

function askByNode(port: number): { ask: Ask; close: () => void } {
  const agent = new http.Agent({ keepAlive: true, maxSockets: CLIENTS })
  const ask = () =>
    new Promise<Outcome>((resolve) => {
      const sent = http.get({ port, host: '127.0.0.1', agent }, (response) => {
        let text = ''
        response.on('data', (chunk) => {
          text += String(chunk)
        })
        response.on('error', () => resolve('broken'))
        response.on('close', () => resolve(text === 'hello' && response.complete ? 'answered' : 'broken'))
      })
      sent.on('error', () => resolve('refused'))
    })
  return { ask, close: () => agent.destroy() }
}

function askByUndici(port: number): { ask: Ask; close: () => void } {
  const dispatcher = new Agent({ connections: CLIENTS })
  const ask = async () => {
    let answer: Awaited<ReturnType<typeof request>>
    try {
      answer = await request(`http://127.0.0.1:${port}/`, { dispatcher })
    } catch {
      return 'refused'
    }
    const text = await answer.body.text().catch(() => '')
    return text === 'hello' ? 'answered' : 'broken'
  }
  return { ask, close: () => void dispatcher.destroy() }
}

process.on('message', async (asked: Asked | 'drained') => {
  if (asked === 'drained') return
  const report = { answered: 0, refused: 0, broken: 0 }
  const { ask, close } = asked.kind === 'node' ? askByNode(asked.port) : askByUndici(asked.port)
  let isOver = false
  const drained = new Promise<void>((resolve) => {
    process.on('message', function over(told) {
      if (told !== 'drained') return
      isOver = true
      process.off('message', over)
      resolve()
    })
  })
  const client = async () => {
    while (!isOver) {
      const outcome = await ask()
      report[outcome]++
      // Nobody is there any more: no need to hurry.
      if (outcome === 'refused') await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }
  await Promise.all(Array.from({ length: CLIENTS }, client))
  await drained
  close()
  process.send?.(report satisfies LoadReport)
})

process.send?.('ready')
