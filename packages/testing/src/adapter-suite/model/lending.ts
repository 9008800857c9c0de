import type { Lease } from '@millpond/core'
import { observe, tell } from '../observe.js'
import { CALL } from '../patience.js'
import type { ModelledPool } from './modelled-pool.js'
import type { ModelledResource } from './modelled-resource.js'

/** Books a lease, and notes what must not be lent. */
export function lent<R>(model: ModelledPool<R>, who: string, lease: Lease<R>): ModelledResource<R> | undefined {
  const { id } = lease.connection
  const record = model.find(lease.resource)
  model.timeline.note(`${who} has connection ${id}${lease.reused ? ', used before' : ''}`, 'pool')
  if (record === undefined) return undefined
  record.leases++
  if (record.leases > Math.max(1, model.capacityOf(record))) {
    model.violate(1, `${who} was lent a resource that ${record.leases - 1} other borrower(s) had already`)
  }
  if (record.isKnownDead) model.violate(8, `${who} was lent connection ${id}, which the server had ended before`)
  return record
}

/** What borrowers leave behind is to be gone once the last has given it back. */
export function givenBack<R>(record: ModelledResource<R> | undefined): void {
  if (record === undefined) return
  record.leases--
  if (record.leases === 0) record.isDirty = false
}

/** What a borrower expects of a connection to which nothing has been done. */
export async function examine<R>(
  model: ModelledPool<R>,
  who: string,
  record: ModelledResource<R> | undefined,
): Promise<void> {
  if (record === undefined) return
  const { isClean, use } = model.bench.options
  if (isClean !== undefined && !record.isDirty) {
    const clean = await exchange(model, who, record, 'isClean', isClean)
    if (clean === false) {
      model.violate(8, `${who} found on connection ${record.connection} what an earlier borrower had left there`)
    }
  }
  if (use !== undefined) await exchange(model, who, record, 'use', use)
}

/** Leaves something behind. */
export async function makeDirty<R>(model: ModelledPool<R>, who: string, record: ModelledResource<R>): Promise<void> {
  const { dirty } = model.bench.options
  if (dirty === undefined || !model.isWell(record)) return
  record.isDirty = true
  await exchange(model, who, record, 'dirty', dirty)
}

/** One of the author's functions, which has to work for as long as all is well. */
async function exchange<R, T>(
  model: ModelledPool<R>,
  who: string,
  record: ModelledResource<R>,
  name: string,
  call: (resource: R) => T | Promise<T>,
): Promise<T | undefined> {
  if (!model.isWell(record)) return undefined
  const outcome = await observe(() => call(record.resource), CALL)
  if (!model.isWell(record)) return undefined
  if (outcome.how === 'resolved') return outcome.value
  model.violate(8, `${who} could not work with connection ${record.connection}: ${name} ${tell(outcome)}`)
  return undefined
}
