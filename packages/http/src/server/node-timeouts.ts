import type net from 'node:net'

const names = ['keepAliveTimeout', 'headersTimeout', 'requestTimeout'] as const

/**
 * Switches Node's own timeouts of a server off, since two that watch the same connections fight: `keepAliveTimeout`
 * destroys a connection whose next request is in the kernel already, `headersTimeout` and `requestTimeout` look every 30
 * seconds. Returns how to put them back. `server.timeout` and `maxRequestsPerSocket`, off by default, are left as they
 * are.
 */
export function switchOffTimeouts(server: net.Server): () => void {
  const given = server as net.Server & Record<(typeof names)[number], number | undefined>
  const before = names.filter((name) => name in given).map((name) => [name, given[name]] as const)
  for (const [name] of before) given[name] = 0
  return () => {
    for (const [name, value] of before) given[name] = value
  }
}
