import http from 'node:http'
import type net from 'node:net'
import { type GuardOptions, guard } from '@millpond/http/server'

/** What a measuring process tells this one, and hears from it. */
export type Command = { readonly ask: 'cpu' } | { readonly ask: 'memory' } | { readonly ask: 'stop' }
export interface Answer {
  readonly port?: number
  /** µs of CPU time of this process since its start. */
  readonly cpu?: number
  /** Bytes of the heap in use and outside of it, after a full collection. */
  readonly memory?: number
  readonly size?: number
  readonly timedOut?: number
}

// `guarded` with its options as JSON, or `plain` with the idle timeout alone, which is Node's own.
const [kind = 'plain', json = '{}'] = process.argv.slice(2)
const options = JSON.parse(json) as GuardOptions
const server = http.createServer({ keepAliveTimeout: 75_000 }, (request, response) => {
  if (request.method === 'POST') request.resume().on('end', () => response.end('hello'))
  else response.end('hello')
})
server.on('clientError', (_error, socket) => socket.destroy())
const guarded = kind === 'guarded' ? guard(server, options) : undefined

function tell(answer: Answer): void {
  process.send?.(answer)
}

async function memory(): Promise<number> {
  for (let i = 0; i < 4; i++) {
    globalThis.gc?.()
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

process.on('message', async ({ ask }: Command) => {
  if (ask === 'cpu') {
    const { user, system } = process.cpuUsage()
    tell({ cpu: user + system })
  } else if (ask === 'memory') {
    const size = guarded?.stats().size ?? (await count())
    tell({ memory: await memory(), size, timedOut: guarded?.stats().timedOut ?? 0 })
  } else process.exit()
})

function count(): Promise<number> {
  return new Promise((resolve) => server.getConnections((_, connections) => resolve(connections)))
}

server.listen({ port: 0, host: '127.0.0.1', backlog: 4_096 }, () => {
  tell({ port: (server.address() as net.AddressInfo).port })
})
