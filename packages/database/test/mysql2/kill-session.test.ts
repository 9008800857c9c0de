import { once } from 'node:events'
import { chaosProxy } from '@millpond/testing'
import mysql from 'mysql2'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeWith } from '../../../testing/test/real-servers/describe-with.js'
import { type KillMode, killSession } from '../../src/mysql2/kill-session.js'
import type { PooledConnection } from '../../src/mysql2/pooled-connection.js'
import { MariadbServer } from './mariadb-server.js'

describeWith('mariadbd', 'killSession', () => {
  let server: MariadbServer
  beforeAll(async () => {
    server = await MariadbServer.start()
  }, 60_000)
  afterAll(() => server?.stop())

  async function connect(port = server.port): Promise<PooledConnection> {
    const connection = mysql.createConnection({ ...server.config, port })
    connection.on('error', () => {})
    await once(connection, 'connect')
    return connection as unknown as PooledConnection
  }

  const kill = (
    messenger: PooledConnection,
    mode: KillMode,
    { threadId, stream }: Pick<PooledConnection, 'threadId' | 'stream'>,
  ) =>
    new Promise<boolean>((resolve) => killSession(messenger, mode, { threadId, localPort: stream.localPort }, resolve))

  const outcomeOf = (connection: PooledConnection, sql: string) =>
    new Promise<unknown>((resolve) => connection.query(sql, (error, rows) => resolve(error?.code ?? rows)))

  it('ends a query, or a session', async () => {
    const [messenger, target] = [await connect(), await connect()]
    const sleeping = outcomeOf(target, 'select sleep(30)')
    expect(await kill(messenger, 'QUERY', target)).toBe(true)
    expect(await sleeping).toBe('ER_QUERY_INTERRUPTED')
    expect(await outcomeOf(target, 'select 1 as n')).toEqual([{ n: 1 }])
    await kill(messenger, 'CONNECTION', target)
    expect(await outcomeOf(target, 'select 1 as n')).not.toEqual([{ n: 1 }])
    messenger.destroy()
  })

  it('leaves a session of the same number alone that is another client’s, and gone ones', async () => {
    const [messenger, other, unrelated] = [await connect(), await connect(), await connect()]
    await kill(messenger, 'CONNECTION', { threadId: other.threadId, stream: unrelated.stream })
    expect(await outcomeOf(other, 'select 1 as n')).toEqual([{ n: 1 }])
    await kill(messenger, 'CONNECTION', { threadId: 1_000_000, stream: unrelated.stream })
    for (const connection of [messenger, other, unrelated]) connection.destroy()
  })

  it('says that it does not know when its own connection fails', async () => {
    const [messenger, target] = [await connect(), await connect()]
    const killed = kill(messenger, 'QUERY', target)
    messenger.stream.destroy()
    expect(await killed).toBe(false)
    target.destroy()
  })

  it('goes by the number alone where ports are translated on the way', async () => {
    await using proxy = await chaosProxy({ target: { port: server.port } })
    const [messenger, target] = [await connect(proxy.port), await connect(proxy.port)]
    await kill(messenger, 'CONNECTION', target)
    expect(await outcomeOf(target, 'select 1 as n')).not.toEqual([{ n: 1 }])
    messenger.destroy()
  })
})
