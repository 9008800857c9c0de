import { describe, expect, it } from 'vitest'
import { AddressSpread } from './address-spread.js'

const v4 = (address: string) => ({ address, family: 4 })
const v6 = (address: string) => ({ address, family: 6 })
const addresses = [v4('192.0.2.1'), v4('192.0.2.2'), v4('192.0.2.3')]

const first = (spread: AddressSpread, of = addresses) => spread.order(of)[0]?.address

describe('where the next connection goes', () => {
  it('is everywhere in turn while all are alike', () => {
    const spread = new AddressSpread()
    expect([1, 2, 3, 4].map(() => first(spread))).toEqual(['192.0.2.1', '192.0.2.2', '192.0.2.3', '192.0.2.1'])
  })

  it('is where the fewest are', () => {
    const spread = new AddressSpread()
    spread.add('192.0.2.1')
    const end = spread.add('192.0.2.2')
    spread.add('192.0.2.2')
    for (let n = 0; n < 3; n++) {
      expect(spread.order(addresses).map(({ address }) => address)).toEqual(['192.0.2.3', '192.0.2.1', '192.0.2.2'])
    }
    spread.add('192.0.2.3')
    end()
    end()
    spread.add('192.0.2.1')
    spread.add('192.0.2.3')
    expect(first(spread)).toBe('192.0.2.2')
  })

  it('is not where nobody accepted, until that is forgotten', () => {
    const spread = new AddressSpread()
    spread.suspect('192.0.2.1')
    for (const address of ['192.0.2.2', '192.0.2.2', '192.0.2.3']) spread.add(address)
    for (let n = 0; n < 3; n++) expect(spread.order(addresses).at(-1)?.address).toBe('192.0.2.1')
    spread.trust('192.0.2.1')
    expect(first(spread)).toBe('192.0.2.1')
    spread.suspect('192.0.2.1')
    spread.trustAll()
    expect(first(spread)).toBe('192.0.2.1')
  })

  it('is of the family that the system has put first, unless none of it accepted', () => {
    const both = [v6('2001:db8::1'), v4('192.0.2.1'), v6('2001:db8::2'), v4('192.0.2.2')]
    const spread = new AddressSpread()
    for (let n = 0; n < 5; n++) {
      const to = first(spread, both) as string
      expect(to).toContain('2001:db8::')
      spread.add(to)
    }
    spread.suspect('2001:DB8:0::1')
    expect(first(spread, both)).toBe('2001:db8::2')
    spread.suspect('2001:db8::2')
    expect(first(spread, both)).toContain('192.0.2.')
  })

  it('keeps all addresses, each once', () => {
    const spread = new AddressSpread()
    for (let n = 0; n < 5; n++) expect(new Set(spread.order(addresses))).toEqual(new Set(addresses))
  })
})
