const DEFAULT = 2026

/** The seed of the random programs: the same in every run of the suite, so that a change is judged by itself.
 * `MODEL_SEED=…` gives another, `MODEL_SEED=random` one that nobody has run before. */
export const modelSeed = read(process.env.MODEL_SEED)

function read(given: string | undefined): number {
  return given === 'random' ? Date.now() & 0x7fffffff : Number(given ?? DEFAULT)
}
