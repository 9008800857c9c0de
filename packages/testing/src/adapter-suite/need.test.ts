import { describe, expect, it } from 'vitest'
import type { AdapterSuiteOptions } from './adapter-suite-options.js'
import type { Bench } from './bench.js'
import { lackingFromOptions, lackingFromSetup, type Needs } from './need.js'

const bare: AdapterSuiteOptions<unknown> = { name: 'bare', setup: () => ({}) as never }
const bench = {
  adapter: { name: 'bare', open() {}, close() {}, check: true },
  server: { can: (what: string) => what === 'openCount' },
} as unknown as Bench<unknown>

describe('what a clause needs', () => {
  it.each<[readonly Needs[], string | undefined]>([
    [[], undefined],
    [['server.kill'], undefined],
    [['dirty'], 'dirty'],
    [['dirty', 'server.kill', 'isClean'], 'dirty and isClean'],
  ])('is missed in the options: %j', (needs, lacking) => {
    expect(lackingFromOptions(needs, bare)).toBe(lacking)
  })

  it.each<[readonly Needs[], string | undefined]>([
    [['server.openCount'], undefined],
    [[['server.openCount', 'server.isOpen']], undefined],
    [[['server.kill', 'server.isOpen']], 'server.kill or server.isOpen'],
    [['dirty', 'adapter.watch', 'server.stop'], 'adapter.watch and server.stop'],
    // What is no function is another clause's affair.
    [['adapter.check'], 'adapter.check'],
  ])('is missed in the setup: %j', (needs, lacking) => {
    expect(lackingFromSetup(needs, bench)).toBe(lacking)
  })
})
