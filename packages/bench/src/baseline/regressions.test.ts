import { describe, expect, it } from 'vitest'
import { medianOf, namedIn, type Ratios } from './ratios.js'
import { regressions, told, worse } from './regressions.js'

const baseline: Ratios = { 'core/peers: × tarn': 10, 'core/peers: × floor': 0.5, 'http/memory: × node': 2 }

/** Measures what it is told to have measured, call by call, and writes down which groups it was asked for. */
function measuring(...answers: Ratios[]) {
  const asked: (readonly string[])[] = []
  const measure = async (groups: readonly string[]) => {
    asked.push(groups)
    return answers[asked.length - 1] as Ratios
  }
  return { asked, measure }
}

describe('a ratio', () => {
  it('has become worse below 0.8 of the baseline, and not at 0.8', () => {
    const now = { 'core/peers: × tarn': 8, 'core/peers: × floor': 0.39, 'http/memory: × node': 2.9 }
    expect(worse(baseline, now).map(({ name }) => name)).toEqual(['core/peers: × floor'])
  })

  it('that nobody measured any more counts as worse', () => {
    const { 'http/memory: × node': _, ...rest } = baseline
    expect(worse(baseline, rest)).toEqual([{ name: 'http/memory: × node', was: 2, is: undefined }])
  })

  it('that the baseline does not have yet is not looked at', () => {
    expect(worse(baseline, { ...baseline, 'core/peers: × another': 0.001 })).toEqual([])
  })

  it('is told with the baseline, what is left of it, and how much would do', () => {
    expect(told({ name: 'core/peers: × tarn', was: 10, is: 7.5 })).toBe(
      "core/peers: × tarn: 7.50, which is 0.75 of the baseline's 10.00 (at least 0.8)",
    )
    expect(told({ name: 'core/peers: × tarn', was: 10, is: undefined })).toMatch('not measured any more')
  })
})

describe('the check', () => {
  const slow = { ...baseline, 'core/peers: × tarn': 7 }

  it('measures every group of the baseline once where nothing is worse', async () => {
    const { asked, measure } = measuring(baseline)
    expect(await regressions(baseline, measure)).toEqual([])
    expect(asked).toEqual([['core/peers', 'http/memory']])
  })

  it('measures the group of a suspect again, alone, and forgets it when it is well the second time', async () => {
    const { asked, measure } = measuring(slow, { 'core/peers: × tarn': 9, 'core/peers: × floor': 0.5 })
    expect(await regressions(baseline, measure)).toEqual([])
    expect(asked[1]).toEqual(['core/peers'])
  })

  it('fails with what is worse twice in a row, and not with what became worse the second time alone', async () => {
    const { measure } = measuring(slow, { 'core/peers: × tarn': 6, 'core/peers: × floor': 0.1 })
    expect(await regressions(baseline, measure)).toEqual([{ name: 'core/peers: × tarn', was: 10, is: 6 }])
  })
})

describe('a baseline', () => {
  it('is the median of each ratio over the times that all were measured', () => {
    expect(medianOf([{ a: 1, b: 5 }, { a: 9, b: 6 }, { a: 2 }])).toEqual({ a: 2, b: 5.5 })
  })

  it('names ratios by their group', () => {
    expect(namedIn('core/peers', { 'sequential, × tarn': 3 })).toEqual({ 'core/peers: sequential, × tarn': 3 })
  })
})
