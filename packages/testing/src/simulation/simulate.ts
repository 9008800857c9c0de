import { resolveSimulation, type SimulateOptions } from './simulate-options.js'
import { Simulation } from './simulation.js'
import type { SimulationReport } from './simulation-report.js'

/**
 * Runs the real pool code in virtual time under a load, with connections that take their time and fail, and reports how
 * it went. Everything is drawn from `seed`: the same seed, the same report, bit for bit. Days of a pool's life take
 * seconds. Throws `InvalidOptionError`; rejects with `RealTimeError` where something in it asks for real time.
 */
export async function simulate(options: SimulateOptions): Promise<SimulationReport> {
  return new Simulation(resolveSimulation(options)).run()
}
