import { expect, it } from 'vitest'
import { canonicalAddress } from './canonical-address.js'

it.each([
  ['192.0.2.1', '192.0.2.1'],
  ['2001:DB8:0:0::1', '2001:db8::1'],
  ['::FFFF:192.0.2.1', '192.0.2.1'],
  ['fe80::1%lo', 'fe80::1'],
  ['::1', '::1'],
  ['no address', 'no address'],
])('writes %s as %s', (written, canonical) => {
  expect(canonicalAddress(written)).toBe(canonical)
})
