import { expect, it } from 'vitest'
import { finding, type Part } from './part.js'
import { runParts } from './run-parts.js'

const sound: Part = async () => ({ figures: {}, findings: [finding('2 of 2', true)] })
const unsound: Part = async () => ({ figures: {}, findings: [finding('1 of 2', false)] })
const broken: Part = async () => {
  throw new Error('no server')
}

async function run(...parts: Part[]) {
  const printed: string[] = []
  const named = parts.map((run, i) => ({ name: `part ${i}`, title: 'a test', run }))
  const code = await runParts(named, (line) => printed.push(line))
  return { code, printed: printed.join('\n') }
}

it('succeeds when everything holds', async () => {
  const { code, printed } = await run(sound, sound)
  expect(printed).toBe('part 0: a test\n  ✓ 2 of 2\n\npart 1: a test\n  ✓ 2 of 2\n\nAll of this holds.')
  expect(code).toBe(0)
})

it('fails when something does not hold, and says what', async () => {
  const { code, printed } = await run(sound, unsound)
  expect(printed).toContain('  ✗ 1 of 2')
  expect(printed).toContain('1 of these do not hold.')
  expect(code).toBe(1)
})

it('runs the others when one cannot be run', async () => {
  const { code, printed } = await run(broken, sound)
  expect(printed).toContain('  ✗ Error: no server')
  expect(printed).toContain('  ✓ 2 of 2')
  expect(code).toBe(1)
})
