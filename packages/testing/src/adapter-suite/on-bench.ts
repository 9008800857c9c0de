import type { AdapterSuiteOptions } from './adapter-suite-options.js'
import { Bench } from './bench.js'

/** Gives a fresh bench, and clears it afterwards. What failed first is what is told. */
export async function onBench<R>(
  options: AdapterSuiteOptions<R>,
  work: (bench: Bench<R>) => Promise<void>,
): Promise<void> {
  const bench = await Bench.set(options)
  try {
    await work(bench)
  } catch (error) {
    await bench.clear().catch(() => {})
    throw error
  }
  await bench.clear()
}
