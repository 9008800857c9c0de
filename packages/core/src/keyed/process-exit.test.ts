import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'

const fixture = fileURLToPath(new URL('../../test/keyed-model/keyed-exit-fixture.ts', import.meta.url))
const tsx = import.meta.resolve('tsx')

/** What the program says, and how many ms it lived after the start of its pool. */
async function run(what: string): Promise<{ said: string; lived: number }> {
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', tsx, fixture, what], { timeout: 20_000 })
  const words = stdout.split(' ')
  return { lived: Number(words.pop()), said: words.join(' ') }
}

it('holds the process only while a caller waits or a close is in progress (invariant 7)', async () => {
  const [idle, leased, failed, waiting, closing] = await Promise.all(
    ['idle', 'leased', 'failed', 'waiting', 'closing'].map(run),
  )
  for (const program of [idle, leased, failed]) expect(program?.lived).toBeLessThan(4_000)
  expect([waiting?.said, closing?.said]).toEqual(['TimeoutError', 'closed'])
  expect(waiting?.lived).toBeGreaterThanOrEqual(390)
  expect(closing?.lived).toBeGreaterThanOrEqual(390)
}, 30_000)
