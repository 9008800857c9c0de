import { createClient } from 'redis'
import { RealServer } from '../../../testing/test/real-servers/real-server.js'

/** A Redis on a free loopback port, for one test file. */
export class RedisServer {
  readonly #server: RealServer
  readonly #admin: ReturnType<typeof adminOf>

  private constructor(server: RealServer) {
    this.#server = server
    this.#admin = adminOf(server.port)
    this.#admin.on('error', () => {})
  }

  /** `settings` as in redis.conf. */
  static async start(settings: Record<string, string | number> = {}): Promise<RedisServer> {
    const more = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)])
    const server = await RealServer.start({
      program: 'redis-server',
      args: (port, folder) => [
        ...['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', '', '--daemonize', 'no'],
        ...more,
      ],
    })
    const redis = new RedisServer(server)
    await redis.#admin.connect()
    return redis
  }

  get port(): number {
    return this.#server.port
  }

  /** Everything else is the real server's. */
  get process(): RealServer {
    return this.#server
  }

  /** One command of an administrator, on a connection named `admin`. */
  async ask(...command: string[]): Promise<unknown> {
    return this.#admin.sendCommand(command)
  }

  /** The names of the sessions that it has, without the administrator's. */
  async sessions(): Promise<string[]> {
    const list = String(await this.ask('CLIENT', 'LIST'))
    const names = list
      .trim()
      .split('\n')
      .map((line) => /\bname=(\S*)/.exec(line)?.[1] ?? '')
    return names.filter((name) => name !== 'admin')
  }

  async stop(): Promise<void> {
    this.#admin.destroy()
    await this.#server.stop()
  }
}

function adminOf(port: number) {
  const socket = { port, host: '127.0.0.1', reconnectStrategy: 50 }
  return createClient({ socket, name: 'admin', disableClientInfo: true })
}
