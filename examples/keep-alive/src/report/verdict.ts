import { count, ms } from '../numbers.js'
import { ConnectionLostError } from '../protocol/connection-lost-error.js'
import type { RunResult } from '../run.js'
import { outcomeOf } from './outcome.js'
import { recoveries } from './recovery.js'

/** One thing that must hold of the pooled run, and whether it did. */
export interface Finding {
  readonly criterion: string
  readonly holds: boolean
  readonly numbers: string
}

/** Judges the pooled run: the program succeeds only if every finding holds. */
export function judge(run: RunResult, limits: { readonly deadline: number; readonly max: number }): Finding[] {
  return [
    faultsHappened(run),
    othersAnswered(run, limits.deadline),
    lostOnce(run),
    withinMax(run, limits.max),
    allClosed(run),
  ]
}

/** Without them the rest would hold of nothing. */
function faultsHappened({ outages, resets, requests }: RunResult): Finding {
  const back = recoveries(outages, requests)
  const recovered = back.filter((time) => time !== undefined).length
  return {
    criterion: 'the server was killed, connections were reset, and requests were answered again after each kill',
    holds: outages.length > 0 && resets > 0 && recovered === outages.length,
    numbers: `${outages.length} kills, ${resets} resets, answers after ${recovered} of the kills`,
  }
}

function othersAnswered({ requests, cutOf }: RunResult, deadline: number): Finding {
  const others = requests.filter((request) => outcomeOf(request, cutOf) !== 'lost in flight')
  const late = others.filter(({ startedAt, settledAt = Number.NaN, error }) => {
    return error !== undefined || !(settledAt - startedAt <= deadline)
  })
  const [first] = late
  const why = first === undefined ? '' : `; the first: ${first.error ?? 'answered too late, or not at all'}`
  return {
    criterion: `every request not in flight at a kill or reset was answered by its deadline of ${ms(deadline)}`,
    holds: others.length > 0 && late.length === 0,
    numbers: `${count(others.length - late.length)} of ${count(others.length)}${why}`,
  }
}

function lostOnce({ requests, cutOf }: RunResult): Finding {
  const lost = requests.filter((request) => outcomeOf(request, cutOf) === 'lost in flight')
  const repeated = requests.filter(({ timesSent, timesSettled }) => timesSent > 1 || timesSettled > 1)
  return {
    criterion: `each one in flight failed once, with a ${ConnectionLostError.name}; none was sent or settled twice`,
    holds: repeated.length === 0,
    numbers: `${lost.length} in flight, ${repeated.length} sent or settled twice`,
  }
}

function withinMax({ most }: RunResult, max: number): Finding {
  return {
    criterion: `the server never counted more than ${max} connections`,
    holds: most > 0 && most <= max,
    numbers: `${most} at most`,
  }
}

function allClosed({ left }: RunResult): Finding {
  return {
    criterion: 'the server counts no connection after the pool has closed',
    holds: left === 0,
    numbers: `${left} left`,
  }
}
