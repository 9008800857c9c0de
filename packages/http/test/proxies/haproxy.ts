import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { RealServer } from '../../../testing/test/real-servers/real-server.js'

/** HAProxy, a master with its worker, with these lines in its `defaults` and one server behind it. SIGUSR2 reloads it. */
export function startHaproxy(upstream: number, defaults: string): Promise<RealServer> {
  return RealServer.start({
    program: 'haproxy',
    args: async (port, folder) => {
      const config = join(folder, 'haproxy.cfg')
      await writeFile(config, configuration(port, upstream, folder, defaults))
      return ['-W', '-f', config]
    },
  })
}

function configuration(port: number, upstream: number, folder: string, defaults: string): string {
  return `
global
  maxconn 2000
  hard-stop-after 10s
  stats socket ${join(folder, 'admin.sock')} mode 600 level admin expose-fd listeners
defaults
  mode http
  timeout connect 2s
  timeout client 10s
  timeout server 10s
${defaults.replace(/^ */gm, '  ')}
frontend front
  bind 127.0.0.1:${port}
  default_backend back
backend back
  server one 127.0.0.1:${upstream}
`
}
