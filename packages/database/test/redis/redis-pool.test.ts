import { once } from 'node:events'
import net from 'node:net'
import { inspect } from 'node:util'
import { ConnectError, type Pool } from '@millpond/core'
import { describe, expect, it } from 'vitest'
import { describeWith } from '../../../testing/test/real-servers/describe-with.js'
import { until } from '../until.js'
import { type AnyDriver, type ClientOptions, drivers } from './drivers.js'
import { WithRedis } from './with-redis.js'

describeWith('redis-server', 'a pool of redis clients', () => {
  const redis = new WithRedis()

  describe.each(
    drivers.flatMap((driver) =>
      [2, 3].map((resp) => [`${driver.driver}, RESP${resp}`, driver, resp as 2 | 3] as const),
    ),
  )('of %s', (_, { ask, pool: poolOf }: AnyDriver, resp) => {
    const make = (options: Partial<ClientOptions> = {}) =>
      redis.keep(
        poolOf({ port: redis.port, resp, name: 'tested', ...options }, { size: { max: 1 }, release: { timeout: 300 } }),
      )

    /** What `leave` has left is gone, for the next borrower of the same session. */
    // biome-ignore lint/suspicious/noExplicitAny: a client of either driver.
    async function expectUndone(pool: Pool<any>, leave: (client: any) => unknown): Promise<void> {
      const id = await pool.use((client) => ask(client, 'CLIENT', 'ID'))
      await pool.use(leave)
      expect(await pool.use((client) => ask(client, 'CLIENT', 'ID'))).toBe(id)
      const info = String(await pool.use((client) => ask(client, 'CLIENT', 'INFO')))
      expect(info).toMatch(/ name=tested .* flags=N db=0 sub=0 psub=0 ssub=0 multi=-1 /)
    }

    /** What `leave` has left cannot be undone: the next borrower has another session. */
    // biome-ignore lint/suspicious/noExplicitAny: a client of either driver.
    async function expectReplaced(pool: Pool<any>, leave: (client: any) => unknown): Promise<void> {
      const id = await pool.use((client) => ask(client, 'CLIENT', 'ID'))
      await pool.use(leave)
      expect(await pool.use((client) => ask(client, 'CLIENT', 'ID'))).not.toBe(id)
      expect(pool.stats().closed['reset-failed']).toBe(1)
      await until(async () => (await redis.server.sessions()).length === 1)
    }

    it('lends a connection to a blocking command, while others go on', async () => {
      const blocking = make()
      const popped = blocking.use((client) => ask(client, 'BLPOP', 'jobs', '5'))
      await make().use((client) => ask(client, 'RPUSH', 'jobs', 'one'))
      expect(await popped).toEqual(['jobs', 'one'])
    })

    it('unwatches what a borrower has left watched', async () => {
      const pool = make()
      await expectUndone(pool, (client) => ask(client, 'WATCH', 'balance'))
      await pool.use((client) => ask(client, 'WATCH', 'balance'))
      await redis.server.ask('SET', 'balance', '1')
      const answer = await pool.use(async (client) => {
        await ask(client, 'MULTI')
        await ask(client, 'SET', 'balance', '2')
        return ask(client, 'EXEC')
      })
      expect(answer).toEqual(['OK'])
    })

    it('discards a MULTI that a borrower has left open, and what is queued in it', async () => {
      await expectUndone(make(), async (client) => {
        await ask(client, 'WATCH', 'balance')
        await ask(client, 'MULTI')
        await ask(client, 'SET', 'queued', '1')
      })
      expect(await redis.server.ask('EXISTS', 'queued')).toBe(0)
    })

    it('goes back to the database and the name that a new client has', async () => {
      await expectUndone(make(), async (client) => {
        await client.select(4)
        await ask(client, 'CLIENT', 'SETNAME', 'mine')
      })
      await expectUndone(make(), (client) => ask(client, 'SELECT', '5'))
      const other = make({ db: 7 })
      await other.use((client) => client.select(2))
      expect(String(await other.use((client) => ask(client, 'CLIENT', 'INFO')))).toContain(' db=7 ')
    })

    it('undoes all of that on a client that is inside a MULTI, too', async () => {
      await expectUndone(make(), async (client) => {
        await client.select(4)
        await ask(client, 'MULTI')
        await ask(client, 'SET', 'queued', '1')
      })
    })

    it('waits for the answers that a borrower has not waited for', async () => {
      await expectUndone(make(), (client) => {
        for (let n = 0; n < 100; n++) void ask(client, 'INCR', 'hits')
      })
      expect(await redis.server.ask('GET', 'hits')).toBe('100')
    })

    it('closes a client whose borrower gives a blocking command up, so that no element is lost', async () => {
      const pool = make()
      const given = await pool
        .use(async (client) => {
          const popped = ask(client, 'BLPOP', 'jobs', '0')
          await until(async () => String(await redis.server.ask('CLIENT', 'LIST')).includes('flags=b'))
          popped.catch(() => {})
          throw new Error('enough')
        })
        .catch((error: Error) => error.message)
      expect(given).toBe('enough')
      expect(pool.stats().closed.destroyed).toBe(1)
      await until(async () => (await redis.server.sessions()).length === 0)
      await redis.server.ask('RPUSH', 'jobs', 'one')
      expect(await redis.server.ask('LLEN', 'jobs')).toBe(1)
    })

    it('does not lend a client that is still blocked, and does not wait for it either', async () => {
      const pool = make()
      const began = performance.now()
      await expectReplaced(pool, async (client) => {
        ask(client, 'XREAD', 'BLOCK', '0', 'STREAMS', 'log', '$').catch(() => {})
        await until(async () => String(await redis.server.ask('CLIENT', 'LIST')).includes('flags=b'))
      })
      // Not by the time limit of a reset.
      expect(performance.now() - began).toBeLessThan(300)
    })

    it.each<[string, string[]]>([
      ['logged in as another user', ['AUTH', 'other', 'other-secret']],
      ['exempt from eviction', ['CLIENT', 'NO-EVICT', 'ON']],
      ['tracking keys', ['CLIENT', 'TRACKING', 'ON']],
    ])('does not lend a client that is %s', async (_, command) => {
      await redis.server.ask('ACL', 'SETUSER', 'other', 'on', '>other-secret', '~*', '+@all')
      await expectReplaced(make(), (client) => ask(client, ...command))
    })

    it('undoes what can be left where the server does not tell of its sessions', async () => {
      await redis.server.ask('ACL', 'SETUSER', 'limited', 'reset', 'on', '>secret', '~*', '&*', '+@all', '-client|info')
      const pool = make({ username: 'limited', password: 'secret', db: 6 })
      const id = await pool.use((client) => ask(client, 'CLIENT', 'ID'))
      await pool.use(async (client) => {
        await client.select(2)
        await ask(client, 'WATCH', 'balance')
        await ask(client, 'MULTI')
      })
      expect(await pool.use((client) => ask(client, 'CLIENT', 'ID'))).toBe(id)
      const line = String(await redis.server.ask('CLIENT', 'LIST', 'ID', String(id)))
      expect(line).toMatch(/ flags=N db=6 .* multi=-1 /)
    })

    it('never gives a borrower a new session for a lost one', async () => {
      const pool = make()
      const lease = await pool.acquire()
      const id = String(await ask(lease.resource, 'CLIENT', 'ID'))
      const waiting = ask(lease.resource, 'BLPOP', 'jobs', '0').catch((error: Error) => error)
      await redis.server.ask('CLIENT', 'KILL', 'ID', id)
      expect(await waiting).toBeInstanceOf(Error)
      expect(String(await waiting)).not.toContain('Disconnects')
      await until(() => lease.signal.aborted)
      expect(pool.stats()).toMatchObject({ size: 0, closed: { lost: 1 } })
      await expect(ask(lease.resource, 'PING')).rejects.toBeInstanceOf(Error)
      lease.release()
      expect(await redis.server.sessions()).toEqual([])
      expect(await pool.use((client) => ask(client, 'PING'))).toBe('PONG')
    })

    it('ends a lease on a client that its borrower closes himself', async () => {
      const pool = make()
      const lease = await pool.acquire()
      await lease.resource.quit()
      await until(() => lease.signal.aborted)
      expect(pool.stats()).toMatchObject({ size: 0, closed: { lost: 1 } })
      lease.release()
      expect(await pool.use((client) => ask(client, 'PING'))).toBe('PONG')
    })

    it('tries to connect once for each open: the pool decides when again', async () => {
      let dialled = 0
      const closing = net.createServer((socket) => {
        dialled++
        socket.on('error', () => {}).destroy()
      })
      await once(closing.listen(0, '127.0.0.1'), 'listening')
      const { port } = closing.address() as net.AddressInfo
      const pool = redis.keep(poolOf({ port, resp }, { size: { max: 1 } }))
      await expect(pool.acquire()).rejects.toBeInstanceOf(ConnectError)
      // Longer than either driver waits before it tries again.
      await new Promise((resolve) => setTimeout(resolve, 400))
      expect(dialled).toBe(1)
      closing.close()
    })

    it('shows the password nowhere when the server refuses it', async () => {
      await redis.server.ask('ACL', 'SETUSER', 'other', 'on', '>other-secret', '~*', '+@all')
      const pool = make({ username: 'other', password: 'Swordfish' })
      const seen: unknown[] = []
      for (const event of ['connectError', 'disconnect', 'acquireError'] as const) pool.on(event, (e) => seen.push(e))
      const error = await pool.acquire().catch((error: unknown) => error)
      expect((error as Error).cause).toMatchObject({ message: expect.stringContaining('WRONGPASS') })
      const told = inspect([error, seen, pool.stats(), [...pool.connections()]], { depth: 12, showHidden: true })
      expect(told).toContain('WRONGPASS')
      expect(told).not.toContain('Swordfish')
    })
  })
})
