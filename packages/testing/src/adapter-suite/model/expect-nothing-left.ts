import { eventually } from '../eventually.js'
import { SHORTLY } from '../patience.js'
import type { ModelledPool } from './modelled-pool.js'
import { Violation } from './violation.js'

/** Throws unless nothing is left of a pool that has closed, on either side. */
export async function expectNothingLeft<R>(model: ModelledPool<R>): Promise<void> {
  if (!(await eventually(() => model.opening === 0, SHORTLY))) {
    throw new Violation(6, `${model.opening} open(s) had not settled ${SHORTLY} ms after pool.close()`)
  }
  for (const record of model.resources) {
    const name = `the resource of connection ${record.connection}`
    if (!record.isEnded) throw new Violation(6, `${name} was neither closed nor destroyed`)
    if (model.bench.isUsable(record.resource) === true) {
      throw new Violation(6, `${name} says that it is usable after pool.close()`)
    }
  }
  await expectNoneOpen(model)
}

async function expectNoneOpen<R>({ bench }: ModelledPool<R>): Promise<void> {
  let count = 0
  const isEmpty = async () => {
    count = await bench.countOpen()
    return count === 0
  }
  if (!bench.server.can('openCount') || (await eventually(isEmpty, SHORTLY))) return
  throw new Violation(6, `the server still has ${count} connection(s) open ${SHORTLY} ms after pool.close()`)
}
