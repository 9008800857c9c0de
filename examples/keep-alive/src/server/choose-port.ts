import { once } from 'node:events'
import net from 'node:net'

/**
 * A free port below those that the kernel gives to outgoing connections.
 *
 * With a port from `listen(0)`, a client that connects while the server is down could be given that very port as its
 * own, and be connected to itself (TCP's simultaneous open): it would talk to nobody and keep the server from coming
 * back.
 */
export async function choosePort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 10_000)
    const probe = net.createServer()
    try {
      await once(probe.listen(port, '127.0.0.1'), 'listening')
      await once(probe.close(), 'close')
      return port
    } catch {
      // Taken: try another.
    }
  }
}
