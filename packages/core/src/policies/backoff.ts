import type { ResolvedOptions } from '../pool/resolve-options.js'

/** ms to wait after this many consecutive failures: initialDelay · factorⁿ⁻¹, capped, then spread by ± jitter. (gRPC
 * connection backoff protocol; AWS "Exponential Backoff And Jitter") */
export function backoffDelay(
  options: ResolvedOptions['connect']['backoff'],
  failures: number,
  random: () => number,
): number {
  const delay = Math.min(options.maxDelay, options.initialDelay * options.factor ** (failures - 1))
  return delay * (1 + options.jitter * (2 * random() - 1))
}
