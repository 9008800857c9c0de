import { describe, expect, it } from 'vitest'
import { asked } from './asked.js'
import type { Suites } from './suite.js'

const rows = { marker: 'table', measure: async () => undefined }
const suites: Suites = { core: { title: 'Core', contenders: { millpond: 'ours' }, rowGroups: { peers: rows } } }

describe('the arguments', () => {
  it('ask for a whole comparison where there are none', () => {
    expect(asked(suites, [])).toMatchObject({ what: 'compare', isWritten: false, isPinned: false })
    expect(asked(suites, [])).toMatchObject({ planned: [{ name: 'core/peers', isQuick: false }] })
  })

  it('name what is to be measured, how, and whether it is written', () => {
    const given = ['core', '--rows', 'peers', '--only', 'millpond', '--quick', '--write', '--pin']
    expect(asked(suites, given)).toMatchObject({
      what: 'compare',
      planned: [{ name: 'core/peers', contenders: ['millpond'], isQuick: true }],
      isWritten: true,
      isPinned: true,
    })
  })

  it.each(['check', 'baseline'] as const)('ask for the %s, which takes nothing but --pin beside it', (what) => {
    expect(asked(suites, [`--${what}`, '--pin'])).toEqual({ what, isPinned: true })
    for (const more of [['core'], ['--quick'], ['--write'], ['--rows', 'peers'], ['--only', 'millpond']]) {
      expect(() => asked(suites, [`--${what}`, ...more])).toThrow(/leave out (core|quick|write|rows|only)/)
    }
  })

  it('are refused by name where they make no sense', () => {
    expect(() => asked(suites, ['--quik'])).toThrow('--quik')
    expect(() => asked(suites, ['--check', '--baseline'])).toThrow('leave out baseline')
    expect(() => asked(suites, ['--rows', 'none'])).toThrow('no group of rows is called none')
  })
})
