import https from 'node:https'
import { text } from 'node:stream/consumers'
import { createAgent } from '@millpond/http'
import { createDispatcher } from '@millpond/http/undici'
import { certificate as ca } from './certificate/files.js'

/** How a client asks: once by `https.get`, once by `fetch`. */
export interface Access extends AsyncDisposable {
  get(port: number): Promise<string>
  fetch(port: number): Promise<string>
  /** Connections that were opened. */
  opened(): number
}

/** ms that an answer may take. */
const patience = 5_000

function getThrough(agent: https.Agent, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    https
      .get({ host: '127.0.0.1', port, agent, signal: AbortSignal.timeout(patience) }, (response) =>
        text(response).then(resolve, reject),
      )
      .on('error', reject)
  })
}

async function fetchThrough(dispatcher: unknown, port: number): Promise<string> {
  const options = { dispatcher, signal: AbortSignal.timeout(patience) }
  const response = await fetch(`https://127.0.0.1:${port}/`, options as RequestInit)
  return response.text()
}

/** Through millpond: an agent for `https.get`, a dispatcher for `fetch`. */
export function pooled(): Access {
  const agent = createAgent({ ca, perKey: 8 })
  const dispatcher = createDispatcher({ ca, perKey: 8 })
  return {
    get: (port) => getThrough(agent, port),
    fetch: (port) => fetchThrough(dispatcher, port),
    opened: () => agent.stats().opened + dispatcher.stats().opened,
    async [Symbol.asyncDispose]() {
      await agent.close()
      await dispatcher.close()
    },
  }
}

/** A new connection for every request. */
export function notPooled(): Access {
  const agent = new https.Agent({ ca, keepAlive: false })
  let opened = 0
  const get = (port: number) => {
    opened++
    return getThrough(agent, port)
  }
  return {
    get,
    // Node's own fetch always pools.
    fetch: get,
    opened: () => opened,
    async [Symbol.asyncDispose]() {
      agent.destroy()
    },
  }
}
