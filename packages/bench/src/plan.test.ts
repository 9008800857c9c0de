import { describe, expect, it } from 'vitest'
import { plan, plannedByName } from './plan.js'
import type { RowGroup } from './row-group.js'
import type { Suites } from './suite.js'

const group = (marker: string): RowGroup => ({ marker, measure: async () => undefined })
const suites: Suites = {
  core: {
    title: 'Core',
    contenders: { floor: 'least', millpond: 'ours', tarn: '' },
    rowGroups: { peers: group('table'), memory: group('memory') },
  },
  http: {
    title: 'HTTP',
    contenders: { millpond: 'ours', node: '' },
    rowGroups: { agents: group('agents'), memory: group('http-memory') },
  },
}
const names = (...args: Parameters<typeof plan>) => plan(...args).map(({ name }) => name)

describe('the plan', () => {
  it('is everything where nothing is said, with all contenders of each suite', () => {
    expect(names(suites, {})).toEqual(['core/peers', 'core/memory', 'http/agents', 'http/memory'])
    expect(plan(suites, {}).map(({ contenders }) => contenders.length)).toEqual([3, 3, 2, 2])
  })

  it('keeps to the suites, rows and contenders that were named', () => {
    expect(names(suites, { suites: ['http'] })).toEqual(['http/agents', 'http/memory'])
    expect(names(suites, { rows: 'memory' })).toEqual(['core/memory', 'http/memory'])
    expect(plan(suites, { rows: 'peers', only: 'tarn,floor', isQuick: true })).toEqual(
      [{ name: 'core/peers', group: group('table'), contenders: ['floor', 'tarn'], isQuick: true }].map((one) => ({
        ...one,
        group: suites.core?.rowGroups.peers,
      })),
    )
  })

  it('has fewer contenders in a hurry, unless they are named', () => {
    const hurried = { tiny: { ...(suites.core as Suites[string]), hurried: ['millpond', 'floor'] } }
    const present = (choice: Parameters<typeof plan>[1]) => plan(hurried, { ...choice, rows: 'peers' })[0]?.contenders
    expect(present({ isQuick: true })).toEqual(['floor', 'millpond'])
    expect(present({ isQuick: true, only: 'tarn' })).toEqual(['tarn'])
    expect(present({})).toEqual(['floor', 'millpond', 'tarn'])
  })

  it('leaves out suites in which nobody takes part', () => {
    expect(names(suites, { only: 'node' })).toEqual(['http/agents', 'http/memory'])
  })

  it('says what there is when a name is wrong', () => {
    expect(() => plan(suites, { suites: ['htp'] })).toThrow('no bench is called htp; there are core, http')
    expect(() => plan(suites, { suites: ['core'], rows: 'agents' })).toThrow('there are peers, memory')
    expect(() => plan(suites, { only: 'knex' })).toThrow('there are floor, millpond, tarn, node')
  })

  it('finds one group by its full name', () => {
    expect(plannedByName(suites, 'http/memory', { only: 'node' })).toMatchObject({
      name: 'http/memory',
      contenders: ['node'],
      isQuick: false,
    })
    expect(() => plannedByName(suites, 'http/peers', {})).toThrow('no group of rows is called peers')
  })
})
