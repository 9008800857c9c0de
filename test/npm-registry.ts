import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'

export interface NpmRegistry {
  readonly url: string
  /** What was published, as `name@version`, in order. */
  readonly published: readonly string[]
  /** Publishing this package is refused. */
  set refused(name: string | undefined)
  close(): Promise<void>
}

interface Manifest {
  readonly name: string
  readonly version: string
}

/** As much of an npm registry as publishing takes. Who brings a token is `somebody`. */
export async function npmRegistry(): Promise<NpmRegistry> {
  const published: Manifest[] = []
  let refused: string | undefined
  const server = createServer(async (request, response) => {
    const answer = (status: number, body: object) => response.writeHead(status).end(JSON.stringify(body))
    const name = decodeURIComponent(new URL(request.url ?? '/', 'http://registry').pathname.slice(1))
    if (request.headers.authorization === undefined) return answer(401, { error: 'who are you?' })
    if (name === '-/whoami') return answer(200, { username: 'somebody' })
    if (request.method === 'PUT') {
      const { versions } = (await json(request)) as { versions: Record<string, Manifest> }
      if (name === refused) return answer(403, { error: 'not this one' })
      published.push(...Object.values(versions))
      return answer(201, { ok: true })
    }
    const versions = published.filter((manifest) => manifest.name === name)
    const latest = versions.at(-1)
    if (latest === undefined) return answer(404, { error: 'not found' })
    return answer(200, packument(name, versions, latest, url))
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  return {
    url,
    set refused(name: string | undefined) {
      refused = name
    },
    get published() {
      return published.map(({ name, version }) => `${name}@${version}`)
    },
    async close() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

function packument(name: string, versions: readonly Manifest[], latest: Manifest, url: string): object {
  const entries = versions.map((manifest) => {
    const dist = { tarball: `${url}${name}/-/${manifest.version}.tgz`, shasum: '0'.repeat(40) }
    return [manifest.version, { ...manifest, dist }]
  })
  return { name, 'dist-tags': { latest: latest.version }, versions: Object.fromEntries(entries) }
}
