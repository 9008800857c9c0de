import { connections, digits, ms, percent } from './in-words.js'
import type { Plan } from './make-plan.js'
import type { SizeTrial } from './size-trial.js'

/** What follows from a plan, with its reason. */
export function advice(plan: Plan): string {
  return plan.recommended === undefined ? noneMeets(plan) : recommendation(plan, plan.recommended)
}

function recommendation(plan: Plan, size: number): string {
  const { target } = plan.request
  const { wait } = trialOf(plan, size)
  const meets = `its p99 wait of ${ms(wait.p99)} meets the target of ${ms(target)}`
  if (size === 1) return `Use 1 connection (size.max: 1): ${meets}.`
  return `Use ${connections(size)} (size.max: ${size}), the smallest size that does: ${meets}; ${fewer(plan, size)}.`
}

function fewer(plan: Plan, size: number): string {
  const trial = plan.trials.find((trial) => trial.size === size - 1)
  return trial === undefined ? `fewer could not keep up, ${busy(plan)}` : outcome(trial)
}

function outcome({ size, wait, timedOut }: SizeTrial): string {
  const gaveUp = timedOut === 0 ? '' : `, and ${timedOut} requests gave up waiting`
  return `with ${size} it is ${ms(wait.p99)}${gaveUp}`
}

function busy({ offeredLoad }: Plan): string {
  return `since the requests keep ${digits(offeredLoad)} of them busy on average`
}

function noneMeets(plan: Plan): string {
  const { target, max } = plan.request
  const { wait } = trialOf(plan, max)
  const why =
    plan.offeredLoad < max ? `with ${max} the p99 wait is ${ms(wait.p99)}` : `${max} cannot keep up, ${busy(plan)}`
  const remedies = remediesOf(plan)
  const helps = remedies.length === 0 ? 'Nothing that was tried would' : `This would: ${remedies.join('; or ')}`
  return `No size up to ${max} meets the target of ${ms(target)}: ${why}. ${helps}.`
}

function remediesOf({ request, remedies }: Plan): readonly string[] {
  const { p50, p99 } = request
  const { keepOpen, size, sizeKeptOpen, service } = remedies ?? {}
  const found: string[] = []
  if (keepOpen !== undefined) found.push(`${connections(keepOpen)} kept open (size.min: ${keepOpen})`)
  if (size !== undefined) found.push(connections(size))
  if (sizeKeptOpen !== undefined) found.push(`${connections(sizeKeptOpen)}, all kept open (size.min: ${sizeKeptOpen})`)
  if (service !== undefined) {
    const times = [`p50 ${ms(p50 * service)}`, ...(p99 === undefined ? [] : [`p99 ${ms(p99 * service)}`])]
    found.push(`requests that hold their connection ${percent(1 - service)} shorter (${times.join(', ')})`)
  }
  return found
}

function trialOf({ trials }: Plan, size: number): SizeTrial {
  return trials.find((trial) => trial.size === size) as SizeTrial
}
