import { expect, it } from 'vitest'
import { clientOf } from './client-address.js'

it.each([
  ['192.0.2.7', '192.0.2.7'],
  ['::ffff:192.0.2.7', '192.0.2.7'],
  ['::FFFF:192.0.2.7', '192.0.2.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:db8:1:2::6', '2001:db8:1:2::/64'],
  ['2001:0db8:0001:0002::', '2001:db8:1:2::/64'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['1:2:3::5:6:7:8', '1:2:3:0::/64'],
  ['64:ff9b::192.0.2.7', '64:ff9b:0:0::/64'],
])('the address %s is of the client %s', (address, client) => {
  expect(clientOf(address)).toBe(client)
})

it('all sockets without an address are of one client', () => {
  expect(clientOf(undefined)).toBe('')
})

it('two addresses of one /64 are one client, and those of two are two', () => {
  expect(clientOf('2001:db8:0:1:ffff::1')).toBe(clientOf('2001:db8:0:1::2'))
  expect(clientOf('2001:db8:0:2::1')).not.toBe(clientOf('2001:db8:0:1::1'))
})
