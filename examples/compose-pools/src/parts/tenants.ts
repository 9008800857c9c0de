import type net from 'node:net'
import { createKeyedPool, isPoolError, type KeyedPool } from '@millpond/core'
import { Gauge } from '../gauge.js'
import { line } from '../line/line-adapter.js'
import { work } from '../line/line-client.js'
import { LineServer } from '../line/line-server.js'
import { finding, type Part } from '../part.js'

/** Each tenant has a database of its own, on one server that bears only so many connections. */
const tenantNames = ['acme', 'globex', 'initech', 'umbrella']
const total = 4
const perKey = 3
const maxKeys = 4
const perClient = 2

/** Requests of acme's import, and of everybody else. */
const imports = 100
const requestsOfEach = 5

export interface TenantFigures {
  readonly answered: { readonly ofImport: number; readonly ofOthers: number }
  /** What of the import was still to be done when all others had been answered. */
  readonly importLeft: number
  /** The most leases that the import had at once. */
  readonly mostOfImport: number
  /** The most connections at once that the server has counted. */
  readonly most: { readonly inTotal: number; readonly ofOneTenant: number }
  readonly fifthTenant: FifthTenant
}

export const tenants: Part<TenantFigures> = async () => {
  await using server = await LineServer.start('database')
  await using pools = createKeyedPool({
    name: 'tenants',
    key: (tenant: string) => tenant,
    adapter: (tenant) => line(server.port, tenant),
    total,
    perKey,
    maxKeys,
    acquire: { perClient: { max: perClient } },
  })

  const leasesOfImport = new Gauge()
  const importOne = async (socket: net.Socket) => {
    leasesOfImport.enter()
    await work(socket, 2)
    leasesOfImport.leave()
  }
  const theImport = Array.from({ length: imports }, () => pools.use('acme', importOne, { client: 'import' }))
  const others = tenantNames.flatMap((tenant) =>
    Array.from({ length: requestsOfEach }, () =>
      pools.use(tenant, (socket) => work(socket, 2), { client: 'somebody' }),
    ),
  )
  const [ofImport, [ofOthers, importLeft]] = await Promise.all([
    Promise.all(theImport).then(({ length }) => length),
    Promise.all(others).then(({ length }) => [length, imports - leasesOfImport.total] as const),
  ])

  const figures: TenantFigures = {
    answered: { ofImport, ofOthers },
    importLeft,
    mostOfImport: leasesOfImport.most,
    most: {
      inTotal: server.connections.most,
      ofOneTenant: Math.max(...tenantNames.map((tenant) => server.connectionsTo(tenant).most)),
    },
    fifthTenant: await askAsFifth(pools),
  }
  const { most, mostOfImport, fifthTenant } = figures
  return {
    figures,
    findings: [
      finding(`acme imports: ${ofImport} of ${imports} requests were answered`, ofImport === imports),
      finding(
        `the other ${ofOthers}, of all tenants, did not wait for that: ${importLeft} of it were still to do`,
        ofOthers === others.length && importLeft > 0,
      ),
      finding(`the import had ${mostOfImport} leases at most (perClient: ${perClient})`, mostOfImport <= perClient),
      finding(
        `the server counted ${most.ofOneTenant} connections of one tenant at most (perKey: ${perKey})`,
        most.ofOneTenant <= perKey,
      ),
      finding(`… and ${most.inTotal} in total (total: ${total})`, most.inTotal <= total),
      finding(
        `a fifth tenant is refused while all four are at work, and served when one rests (maxKeys: ${maxKeys})`,
        isPoolError(fifthTenant.refusal, 'ERR_POOL_OVERLOADED') &&
          fifthTenant.answeredBy === server.name &&
          fifthTenant.keys <= maxKeys,
      ),
    ],
  }
}

interface FifthTenant {
  readonly refusal: unknown
  readonly answeredBy: string
  readonly keys: number
}

/** A key that nobody uses is forgotten for a new one; one that somebody uses never is. */
async function askAsFifth(pools: KeyedPool<string, net.Socket>): Promise<FifthTenant> {
  const leases = await Promise.all(tenantNames.map((tenant) => pools.acquire(tenant)))
  const refusal = await pools.acquire('hooli').catch((error: unknown) => error)
  leases.pop()?.release()
  const answeredBy = await pools.use('hooli', (socket) => work(socket, 1))
  const { keys } = pools.stats()
  for (const lease of leases) lease.release()
  return { refusal, answeredBy, keys }
}
