import { adapterSuite, chaosProxy, type ServerTruth, type ToxicHandle } from '@millpond/testing'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { describeWith } from '../../../testing/test/real-servers/describe-with.js'
import { redisAdapter } from '../../src/redis/redis-adapter.js'
import { type AnyDriver, drivers } from './drivers.js'
import { RedisServer } from './redis-server.js'

describeWith('redis-server', 'the adapter for redis', () => {
  let server: RedisServer
  beforeAll(async () => {
    server = await RedisServer.start()
  })
  afterAll(() => server?.stop())

  let setups = 0

  /** A server of its own for each test, as far as the adapter can see: a proxy, and a name for its sessions. */
  async function setup({ make, ask }: AnyDriver, resp: 2 | 3) {
    const name = `suite-${++setups}`
    const password = `secret-${name}`
    await server.ask('ACL', 'SETUSER', name, 'reset', 'on', `>${password}`, '~*', '&*', '+@all')
    const proxy = await chaosProxy({ target: { port: server.port } })
    const adapter = redisAdapter(() => make({ port: proxy.port, name, resp, username: name, password }))
    const ids = new WeakMap<object, string>()
    let cuts: ToxicHandle[] = []
    const remove = async () => {
      for (const cut of cuts.splice(0)) await cut.remove()
    }
    const list = async () =>
      String(await server.ask('CLIENT', 'LIST'))
        .trim()
        .split('\n')
    // biome-ignore lint/suspicious/noExplicitAny: whichever driver's.
    const truth: ServerTruth<any> = {
      openCount: async () => (await list()).filter((line) => line.includes(` user=${name} `)).length,
      async isOpen(client) {
        if (!ids.has(client)) ids.set(client, String(await ask(client, 'CLIENT', 'ID')))
        const id = ids.get(client)
        return (await list()).some((line) => line.startsWith(`id=${id} `))
      },
      async kill(client) {
        const id = ids.get(client) ?? String(await ask(client, 'CLIENT', 'ID'))
        ids.set(client, id)
        await server.ask('CLIENT', 'KILL', 'ID', id)
      },
      async refuse(on) {
        await server.ask('ACL', 'SETUSER', name, on ? 'off' : 'on')
      },
      async blackhole(on) {
        if (!on) return remove()
        cuts = (['upstream', 'downstream'] as const).map((stream) => proxy.add({ type: 'timeout', stream, timeout: 0 }))
      },
      stop() {
        cuts = [proxy.add({ type: 'down' })]
      },
      start: remove,
    }
    const teardown = async () => {
      await proxy.close()
      await server.ask('ACL', 'DELUSER', name)
    }
    return { adapter, server: truth, teardown }
  }

  const prove = (driver: AnyDriver, resp: 2 | 3) =>
    adapterSuite(
      { describe, it },
      {
        name: `${driver.driver}, RESP${resp}`,
        runs: 25,
        seed: 1,
        setup: () => setup(driver, resp),
        async dirty(client) {
          await driver.ask(client, 'SELECT', '3')
          await driver.ask(client, 'CLIENT', 'SETNAME', 'somebody-else')
          // Refused when it was made dirty before: it is in a MULTI.
          for (const command of [['WATCH', 'watched'], ['MULTI']]) await driver.ask(client, ...command).catch(() => {})
        },
        async isClean(client) {
          const info = String(await driver.ask(client, 'CLIENT', 'INFO'))
          return / db=0 /.test(info) && / multi=-1 /.test(info) && /name=suite-/.test(info)
        },
        use: (client) => driver.ask(client, 'PING'),
      },
    )

  for (const driver of drivers) for (const resp of [2, 3] as const) prove(driver, resp)
})
