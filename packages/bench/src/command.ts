import { asked } from './asked.js'
import { check } from './baseline/check.js'
import { renew } from './baseline/renew.js'
import type { Bench } from './bench.js'
import { compare } from './compare.js'
import { pin } from './pinning.js'

/** One `pnpm bench` with its arguments; resolves with its exit code. */
export async function run(bench: Bench, args: readonly string[]): Promise<number> {
  const what = understood(bench, args)
  if (what === undefined) return 1
  if (what.isPinned) pin()
  switch (what.what) {
    case 'compare':
      return compare(bench, what)
    case 'check':
      return check(bench)
    case 'baseline':
      return renew(bench)
  }
}

function understood({ suites, print }: Bench, args: readonly string[]): ReturnType<typeof asked> | undefined {
  try {
    return asked(suites, args)
  } catch (error) {
    print(`${(error as Error).message}\n`)
    return undefined
  }
}
