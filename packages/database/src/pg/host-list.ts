import { InvalidOptionError } from '@millpond/core'
import type { HostAddress, KeptOptions } from './pg-options.js'

/** One host of several, and the options that lead a client to it. */
export interface HostTarget {
  /** `db1:5432`, in errors. */
  readonly name: string
  readonly options: KeptOptions
}

/** Its parts up to the hosts, the hosts, and the rest. */
const uri = /^([a-z][a-z0-9+.-]*:\/\/(?:[^/?#]*@)?)([^/?#]*)(.*)$/is
const list = 'as many ports as hosts, or one for all'

/** The hosts that the options name, in their order; just the options where that is one or none. As libpq: several in the
 * connection string, or in `host` and `port`, separated by commas; or in `hosts`. Throws `InvalidOptionError`. */
export function readHosts(options: KeptOptions): readonly HostTarget[] {
  const { hosts, connectionString, host } = options
  if (hosts !== undefined) return fromList(options, hosts)
  if (typeof connectionString === 'string') return fromString(options, connectionString)
  if (typeof host === 'string' && host.includes(',')) return fromList(options, split(host, options.port))
  return [{ name: `${host ?? 'localhost'}:${options.port ?? 5432}`, options }]
}

/** With what chance they are tried in random order; undefined when in the given one. Throws `InvalidOptionError`. */
export function readHostOrder(options: KeptOptions): (() => number) | undefined {
  const { loadBalanceHosts, connectionString, pool } = options
  const order = loadBalanceHosts ?? parameterOf(connectionString, 'load_balance_hosts') ?? 'disable'
  if (order === 'disable') return undefined
  if (order === 'random') return pool?.random ?? Math.random
  throw new InvalidOptionError('loadBalanceHosts', order, "'disable' or 'random'")
}

/** The value of one of libpq's parameters in a connection string. */
export function parameterOf(connectionString: unknown, name: string): string | undefined {
  if (typeof connectionString !== 'string') return undefined
  const query = connectionString.split('?')[1]
  return new URLSearchParams(query).get(name) ?? undefined
}

function fromString(options: KeptOptions, connectionString: string): HostTarget[] {
  const [, start = '', hosts = '', rest = ''] = uri.exec(connectionString) ?? []
  const addresses = hosts.split(',')
  if (addresses.length === 1) return [{ name: nameOf(hosts, rest, 0), options }]
  return addresses.map((address, i) => ({
    name: nameOf(address, rest, i),
    options: vary(options, { connectionString: start + address + rest }),
  }))
}

/** Where an unescaped slash has cut a password in two, its first part is taken for the host. */
function nameOf(address: string, rest: string, index: number): string {
  return rest.includes('@') ? `host ${index + 1}` : address || 'localhost'
}

function fromList(options: KeptOptions, hosts: readonly HostAddress[]): HostTarget[] {
  if (!Array.isArray(hosts) || hosts.length === 0) {
    throw new InvalidOptionError('hosts', hosts, 'an array of at least one { host, port }')
  }
  if (options.connectionString !== undefined) {
    throw new InvalidOptionError('hosts', hosts, 'none beside a connectionString, which names its own')
  }
  return hosts.map((address: HostAddress, i) => {
    const { host, port = options.port ?? 5432 } = address ?? {}
    if (typeof host !== 'string' || host === '') throw new InvalidOptionError(`hosts[${i}].host`, host, 'a name')
    return { name: `${host}:${port}`, options: vary(options, { host, port: Number(port) }) }
  })
}

function split(hosts: string, ports: unknown): HostAddress[] {
  const names = hosts.split(',')
  const each = ports === undefined ? [] : String(ports).split(',').map(Number)
  if (each.length > 1 && each.length !== names.length) throw new InvalidOptionError('port', ports, list)
  return names.map((host, i) => {
    const port = each[each.length === 1 ? 0 : i]
    return { host: host.trim(), ...(port && { port }) }
  })
}

/** The same options but for these; what is hidden stays so. */
function vary(options: KeptOptions, changes: Partial<KeptOptions>): KeptOptions {
  const varied = Object.create(Object.getPrototypeOf(options), Object.getOwnPropertyDescriptors(options))
  for (const [name, value] of Object.entries(changes)) {
    const enumerable = name !== 'connectionString'
    Object.defineProperty(varied, name, { configurable: true, enumerable, writable: true, value })
  }
  return varied
}
