import { expect, it } from 'vitest'
import type { Suites } from '../suite.js'
import { joined } from './archive.js'
import { report } from './report.js'

const machine = { processor: 'slow', cores: 2, memory: '8.0 GiB', kernel: 'Linux 6', node: '20', pinned: 'no' }
const group = (title?: string) => ({ ...(title && { title }), marker: 'x', measure: async () => undefined })
const suites: Suites = {
  core: {
    title: 'Core',
    contenders: { floor: 'the least', tarn: '`min: 0`' },
    rowGroups: { peers: group('Beside other pools'), keys: group() },
  },
  http: { title: 'HTTP', contenders: {}, rowGroups: { agents: group() } },
}
const plot = {
  file: 'contention',
  title: 'By contention',
  kind: 'bars',
  x: { title: '' },
  y: { title: '' },
  series: [],
} as const
const peers = {
  findings: { table: '| peers |', verdicts: ['reached  a', 'MISSED   b'], plots: [plot] },
  isQuick: true,
  seconds: 1,
  circumstances: { machine, versions: { tarn: '3.0.0', undici: '7.0.0' } },
}

it('has the machine, the versions, how everybody is tuned, and every table with its plots and verdicts', () => {
  const text = report(suites, joined({}, 'core/peers', peers))
  expect(text).toContain('Of 2 targets 1 are reached')
  expect(text).toContain('| processor | slow |\n| cores | 2 |')
  expect(text).toContain('| tarn | 3.0.0 |\n| undici | 7.0.0 |')
  expect(text).toContain('## Core\n\n| who | tuned how |\n| --- | --- |\n| floor | the least |\n| tarn | `min: 0` |')
  expect(text).toContain('### Beside other pools\n\n![By contention](contention.svg)\n\n| peers |')
  expect(text).toContain('(`--quick`)')
  expect(text).toContain('```text\nreached  a\nMISSED   b\n```')
})

it('has no chapter and no section for what was never measured', () => {
  const text = report(suites, joined({}, 'core/peers', peers))
  expect(text).not.toContain('HTTP')
  expect(text).not.toContain('keys')
})

it('says which groups were measured elsewhere or with other versions', () => {
  const keys = { ...peers, circumstances: { machine: { ...machine, cores: 64 }, versions: { tarn: '3.1.0' } } }
  const text = report(suites, joined(joined({}, 'core/peers', peers), 'core/keys', keys))
  expect(text).toMatch(/\| cores \| 2 \|[^()]+\(core\/peers\)[^()]+\| cores \| 64 \|[^()]+\(core\/keys\)/)
  expect(text).toContain('| tarn | 3.0.0 (core/peers); 3.1.0 (core/keys) |')
  expect(text).toContain('| undici | 7.0.0 |')
})
