import type { Chart } from './chart.js'

/** A picture of a policy: what is simulated for it, and how that is shown. */
export interface Scene<F = unknown> {
  /** Of its file. */
  readonly name: string
  readonly title: string
  /** What can be seen in it, for those who cannot see it. */
  readonly description: string
  /** Simulates, in virtual time and from fixed seeds: the same findings every time. */
  find(): Promise<F>
  show(findings: F): Chart
}

/** Returns the scene as it is, with the type of its findings inferred. */
export function defineScene<F>(scene: Scene<F>): Scene<F> {
  return scene
}
