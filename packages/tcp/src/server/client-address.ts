import net from 'node:net'

/** The client that an address stands for: IPv4 as it is, also when it comes mapped into IPv6; of IPv6 the first 64 bits,
 * which is what one customer of a network gets at least (RFC 6177). A socket without address (a Unix socket, or one
 * that has ended already) is the client `''`. */
export function clientOf(address: string | undefined): string {
  if (address === undefined || !address.includes(':')) return address ?? ''
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)
  if (mapped?.[1] !== undefined) return mapped[1]
  const zoneless = address.split('%', 1)[0] as string
  return net.isIPv6(zoneless) ? `${firstFourGroups(zoneless)}::/64` : address
}

function firstFourGroups(address: string): string {
  const [head = '', tail = ''] = address.split('::')
  const groups = head === '' ? [] : head.split(':')
  if (address.includes('::')) {
    const after = tail === '' ? [] : tail.split(':')
    // A dotted end stands for two groups.
    const width = after.length + (tail.includes('.') ? 1 : 0)
    while (groups.length < 8 - width) groups.push('0')
    groups.push(...after)
  }
  return groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')
}
