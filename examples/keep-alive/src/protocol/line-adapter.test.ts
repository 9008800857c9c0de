import { createPool } from '@millpond/core'
import { tcp } from '@millpond/tcp'
import { afterEach, describe, expect, it } from 'vitest'
import { ServerProcess } from '../server/server-process.js'
import { ConnectionLostError } from './connection-lost-error.js'
import { lineProtocol } from './line-adapter.js'

const never = new AbortController().signal

describe('the adapter for the line protocol', { timeout: 30_000 }, () => {
  let server: ServerProcess

  const startServer = async (work: number) => {
    server = await ServerProcess.start({ handshakeWait: 1, handshakeCpu: 0, work })
  }

  afterEach(() => server.kill())

  const poolOf = (max: number) =>
    createPool(lineProtocol(tcp({ host: '127.0.0.1', port: server.port })), { size: { max }, health: { after: 1 } })

  it('checks an idle connection with a PING and lends it again', async () => {
    await startServer(1)
    const pool = poolOf(1)
    for (let turn = 1; turn <= 3; turn++) {
      expect(await pool.use((connection) => connection.ask(`GET ${turn}`, never))).toBe(`VALUE ${turn}`)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    expect(pool.stats()).toMatchObject({ opened: 1, idle: 1 })
    await pool.close()
    expect(await server.count()).toEqual({ now: 0, most: 1, accepted: 1 })
  })

  it('fails what is in flight at a kill with a ConnectionLostError', async () => {
    await startServer(600_000)
    const pool = poolOf(2)
    const outcome = pool.use(async (connection) => {
      const [answer] = await Promise.all([connection.ask('GET 1', never), server.kill()])
      return answer
    })
    await expect(outcome).rejects.toThrow(ConnectionLostError)
    await pool.close()
  })

  it('gives a connection up whose answer did not come in time', async () => {
    await startServer(1)
    const pool = poolOf(1)
    await expect(pool.use((connection) => connection.ask('GET 1', AbortSignal.abort('too late')))).rejects.toBe(
      'too late',
    )
    expect(await pool.use((connection) => connection.ask('GET 2', never))).toBe('VALUE 2')
    expect(pool.stats()).toMatchObject({ opened: 2, closed: { destroyed: 1 } })
    await pool.close()
  })
})
