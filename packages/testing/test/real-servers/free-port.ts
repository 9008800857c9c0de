import { once } from 'node:events'
import net from 'node:net'

/** Below the ports that the kernel gives to outgoing connections: one of those could take it while the server is down. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 10_000)
    const listener = net.createServer()
    const isFree = await once(listener.listen(port, '127.0.0.1'), 'listening').then(
      () => true,
      () => false,
    )
    if (!isFree) continue
    listener.close()
    await once(listener, 'close')
    return port
  }
}
