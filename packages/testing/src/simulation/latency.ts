import { InvalidOptionError } from '@millpond/core'
import { randomExponential, randomLogNormal } from 'd3-random'

/** A distribution of durations, as plain data: it can be printed, compared and sent to another process. */
export type Distribution =
  | { readonly kind: 'constant'; readonly ms: number }
  | { readonly kind: 'exponential'; readonly mean: number }
  | { readonly kind: 'lognormal'; readonly p50: number; readonly p99: number }
  | { readonly kind: 'empirical'; readonly samples: readonly number[] }

/** How long something takes: a distribution, or a number of ms for always the same. */
export type Latency = number | Distribution

/** Always `ms`. Throws `InvalidOptionError`, as the others here do. */
export function constant(ms: number): Distribution {
  return checked({ kind: 'constant', ms })
}

/** Durations of events that know nothing of one another, `mean` ms on average. */
export function exponential(given: { readonly mean: number }): Distribution {
  return checked({ kind: 'exponential', mean: given.mean })
}

/** The usual shape of a server's latencies: half of them up to `p50` ms, one in a hundred beyond `p99`. */
export function lognormal(given: { readonly p50: number; readonly p99: number }): Distribution {
  return checked({ kind: 'lognormal', p50: given.p50, p99: given.p99 })
}

/** One of `samples` (ms), each as likely as the others: what was measured, drawn again. (Efron's bootstrap, 1979) */
export function empirical(samples: readonly number[]): Distribution {
  return checked({ kind: 'empirical', samples: Array.isArray(samples) ? [...samples] : samples })
}

/** Draws from `latency`, with uniform numbers in [0, 1) from `random`. */
export function sampler(latency: Latency, random: () => number): () => number {
  if (typeof latency === 'number') return () => latency
  switch (latency.kind) {
    case 'constant':
      return () => latency.ms
    case 'exponential':
      return randomExponential.source(random)(1 / latency.mean)
    case 'lognormal':
      return randomLogNormal.source(random)(Math.log(latency.p50), spreadOf(latency))
    case 'empirical':
      return () => latency.samples[Math.floor(random() * latency.samples.length)] as number
  }
}

/** ms on average. */
export function meanOf(latency: Latency): number {
  if (typeof latency === 'number') return latency
  switch (latency.kind) {
    case 'constant':
      return latency.ms
    case 'exponential':
      return latency.mean
    case 'lognormal':
      return latency.p50 * Math.exp(spreadOf(latency) ** 2 / 2)
    case 'empirical':
      return latency.samples.reduce((sum, sample) => sum + sample, 0) / latency.samples.length
  }
}

/** Throws `InvalidOptionError` that names `option` where `latency` is none. */
export function checkLatency(option: string, latency: Latency): void {
  if (typeof latency === 'number') checkMs(option, latency)
  else checkDistribution(option, latency)
}

/** 99 % of a normal distribution lie below its mean and so many standard deviations. */
const Z99 = 2.3263478740408408

/** σ of the logarithms. */
function spreadOf({ p50, p99 }: { readonly p50: number; readonly p99: number }): number {
  return Math.log(p99 / p50) / Z99
}

function checked(distribution: Distribution): Distribution {
  checkDistribution(distribution.kind, distribution)
  return distribution
}

function checkDistribution(option: string, given: Distribution): void {
  switch (given?.kind) {
    case 'constant':
      checkMs(`${option}.ms`, given.ms)
      break
    case 'exponential':
      checkMs(`${option}.mean`, given.mean, true)
      break
    case 'lognormal':
      checkMs(`${option}.p50`, given.p50, true)
      checkMs(`${option}.p99`, given.p99, true)
      if (given.p99 < given.p50) throw new InvalidOptionError(`${option}.p99`, given.p99, `at least p50 (${given.p50})`)
      break
    case 'empirical':
      checkSamples(`${option}.samples`, given.samples)
      break
    default:
      throw new InvalidOptionError(
        option,
        given,
        'a number of ms, or constant(), exponential(), lognormal(), empirical()',
      )
  }
}

function checkSamples(option: string, samples: readonly number[]): void {
  if (!Array.isArray(samples) || samples.length === 0) {
    throw new InvalidOptionError(option, samples, 'an array of at least one number')
  }
  for (const [n, sample] of samples.entries()) checkMs(`${option}[${n}]`, sample)
}

function checkMs(option: string, ms: number, above = false): void {
  if (Number.isFinite(ms) && (above ? ms > 0 : ms >= 0)) return
  throw new InvalidOptionError(option, ms, `a finite number of ms ${above ? 'above' : 'of at least'} 0`)
}
