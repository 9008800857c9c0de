import { once } from 'node:events'
import http from 'node:http'
import { text } from 'node:stream/consumers'
import { createAgent } from '@millpond/http'

/** What became of requests. */
export interface Answers {
  readonly answered: number
  readonly failed: number
}

/** Clients that ask one server, one request after the other, on pooled connections. Each connection serves 20 requests,
 * so that new ones are needed all the time. */
export class Clients implements AsyncDisposable {
  readonly #agent = createAgent({ perKey: 16, lifetime: { maxUses: 20 }, acquire: { timeout: 1_000 } })
  readonly #port: number
  readonly #loops: Promise<void>[]
  #answered = 0
  #failed = 0
  #isOver = false

  constructor(port: number, count: number) {
    this.#port = port
    this.#loops = Array.from({ length: count }, () => this.#ask())
  }

  /** Of the next so many ms. */
  async during(ms: number): Promise<Answers> {
    const { answered, failed } = { answered: this.#answered, failed: this.#failed }
    await new Promise((resolve) => setTimeout(resolve, ms))
    return { answered: this.#answered - answered, failed: this.#failed - failed }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true
    await Promise.all(this.#loops)
    await this.#agent.close()
  }

  async #ask(): Promise<void> {
    while (!this.#isOver) {
      try {
        const request = http.get({ port: this.#port, host: '127.0.0.1', agent: this.#agent, timeout: 1_000 })
        request.on('timeout', () => request.destroy(new Error('no answer within a second')))
        const [response] = await once(request, 'response')
        if ((await text(response)) === 'done\n') this.#answered++
        else this.#failed++
      } catch {
        this.#failed++
      }
    }
  }
}
