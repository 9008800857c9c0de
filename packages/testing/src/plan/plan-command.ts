import { writeFile } from 'node:fs/promises'
import { advice } from './advice.js'
import type { CommandStreams } from './command-streams.js'
import { makePlan, type Plan } from './make-plan.js'
import { readPlanArguments } from './plan-arguments.js'
import { planSvg } from './plan-svg.js'
import { sizeTable } from './size-table.js'
import { showTrials } from './trial-progress.js'
import { UsageError } from './usage-error.js'

/** Runs `millpond plan`. Resolves with the exit code; rejects with `UsageError`. */
export async function planCommand(argv: readonly string[], { stdout, stderr }: CommandStreams): Promise<number> {
  const { request, svg, json } = readPlanArguments(argv)
  const progress = showTrials(stderr)
  const plan = await makePlan(request, progress.onTrial).finally(() => progress.stop())
  stdout.write(json ? jsonOf(plan) : `${sizeTable(plan)}\n${advice(plan)}\n`)
  if (svg !== undefined) await writePlot(svg, plan)
  return plan.recommended === undefined ? 1 : 0
}

function jsonOf(plan: Plan): string {
  const { request, offeredLoad, trials, recommended = null, remedies = null } = plan
  return `${JSON.stringify({ request, offeredLoad, trials, recommended, remedies, advice: advice(plan) }, null, 2)}\n`
}

async function writePlot(file: string, plan: Plan): Promise<void> {
  try {
    await writeFile(file, planSvg(plan))
  } catch (error) {
    throw new UsageError(`--svg ${file}: ${(error as Error).message}`, { cause: error })
  }
}
