import net from 'node:net'

/** One text for each address, however it is written: `2001:DB8:0::1` is `2001:db8::1`, `::ffff:192.0.2.1` is `192.0.2.1`. */
export function canonicalAddress(address: string): string {
  if (!net.isIPv6(address)) return address
  const [unscoped = address] = address.split('%')
  const shortest = new net.SocketAddress({ address: unscoped, family: 'ipv6' }).address
  return shortest.replace(/^::ffff:(?=\d+\.)/, '')
}
