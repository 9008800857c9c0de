import type { TLSSocket } from 'node:tls'
import type { Dispatcher } from 'undici'
import * as undici from 'undici'
import { afterEach, describe, expect, it } from 'vitest'
import { certificates } from '../../../tcp/test/certificates.js'
import { DispatcherBench, settled, via } from './bench-of-dispatchers.js'

const bench = new DispatcherBench()
afterEach(() => bench.end())

type Options = Partial<Dispatcher.RequestOptions> & { servername?: string }

async function ask(url: string, dispatcher: Dispatcher, options: Options = {}): Promise<string> {
  const { body } = await undici.request(url, { dispatcher, ...options } as never)
  return body.text()
}

/** Answers with the name that the client has asked for. */
const named = () =>
  bench.https((request, response) =>
    response.end(String((request.socket as TLSSocket & { servername?: unknown }).servername)),
  )

describe('with TLS, a dispatcher', () => {
  it('verifies the server, and keeps the connection', async () => {
    const server = await bench.https()
    const dispatcher = bench.dispatcher({ ca: certificates.authority })
    expect(await ask(server.url('/a'), dispatcher)).toBe('GET /a')
    expect(await (await fetch(server.url('/b'), via(dispatcher))).text()).toBe('GET /b')
    expect(server.accepted).toBe(1)
    const distrustful = bench.dispatcher()
    await expect(ask(server.url(), distrustful)).rejects.toMatchObject({ code: expect.stringMatching(/CERT|SIGN/) })
    await settled()
    expect(distrustful.stats().size).toBe(0)
  })

  it('never has a request ride on a connection that was made for another server name', async () => {
    const server = await named()
    const dispatcher = bench.dispatcher({ rejectUnauthorized: false })
    const asked: [Options, string][] = [
      [{}, 'localhost'],
      [{ servername: 'one.test' }, 'one.test'],
      [{ headers: { host: 'two.test:99' } }, 'two.test'],
      [{ headers: ['Host', 'two.test'] }, 'two.test'],
      [{ headers: new Map([['host', 'three.test']]) }, 'three.test'],
      [{ headers: { host: '127.0.0.1' } }, 'localhost'],
      [{}, 'localhost'],
    ]
    for (let turn = 0; turn < 2; turn++) {
      for (const [options, name] of asked) expect(await ask(server.url(), dispatcher, options)).toBe(name)
    }
    // One for each name, and none was dropped for another.
    expect(dispatcher.stats()).toMatchObject({ opened: 4, keys: 4 })
    expect(Object.keys(dispatcher.stats().origins)).toHaveLength(1)
  })

  it('shows no key or passphrase in its errors and keys', async () => {
    const options = { key: 'PRIVATE secret', cert: 'x', passphrase: 'abracadabra' }
    const dispatcher = bench.dispatcher(options)
    const failed: Error = await ask('https://localhost:9/', dispatcher).catch((error) => error)
    const shown = `${failed.stack} ${JSON.stringify(failed)} ${JSON.stringify([...dispatcher.connections()])}`
    expect(failed).toBeInstanceOf(Error)
    expect(shown).not.toMatch(/secret|abracadabra/)
  })

  it('refuses a connector’s socket that speaks HTTP/2', async () => {
    const server = await bench.https(undefined, { ALPNProtocols: ['h2', 'http/1.1'] })
    const connector = undici.buildConnector({ allowH2: true, rejectUnauthorized: false })
    const dispatcher = bench.dispatcher({ connector })
    await expect(ask(server.url(), dispatcher)).rejects.toThrow('HTTP/2')
  })

  it('goes where a connector leads', async () => {
    const server = await bench.https()
    const connect = undici.buildConnector({ ca: certificates.authority })
    const asked: string[] = []
    const dispatcher = bench.dispatcher({
      connector(options, callback) {
        asked.push(options.hostname)
        connect({ ...options, hostname: 'localhost', port: String(server.port), servername: 'localhost' }, callback)
      },
    })
    expect(await ask('https://elsewhere.test/x', dispatcher)).toBe('GET /x')
    expect(asked).toEqual(['elsewhere.test'])
  })
})
