import { afterAll, beforeAll, expect, it } from 'vitest'
import { createHttpClient, httpClientNames } from './clients/index.js'
import { ServerProcess } from './server-process.js'

let server: ServerProcess
beforeAll(async () => {
  server = await ServerProcess.start('server', 2)
}, 30_000)
afterAll(() => server.end())

it.each(httpClientNames)('%s gets every answer, on no more connections than it may have', async (name) => {
  const [origin] = server.origins(2) as [string]
  const before = await server.accepted()
  const client = await createHttpClient(name, { connections: 3, origin })
  await Promise.all(Array.from({ length: 12 }, () => client.get(origin, '/64')))
  await client.close()
  const opened = (await server.accepted()) - before
  expect(opened).toBeGreaterThanOrEqual(1)
  expect(opened).toBeLessThanOrEqual(name === 'node, no keep-alive' ? 12 : 3)
})

it.each(['millpond', 'node', 'millpond dispatcher', 'undici.Agent', 'floor dispatcher'] as const)(
  '%s asks several origins',
  async (name) => {
    const origins = server.origins(2)
    const client = await createHttpClient(name, { connections: 1, origin: origins[0] as string })
    const before = await server.accepted()
    for (const origin of [...origins, ...origins]) await client.get(origin, '/1')
    expect((await server.accepted()) - before).toBe(2)
    await client.close()
  },
)
