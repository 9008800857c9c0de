import net from 'node:net'

export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const listener = net.createServer().listen(0, '127.0.0.1', () => {
      const { port } = listener.address() as net.AddressInfo
      listener.close(() => resolve(port))
    })
  })
}
