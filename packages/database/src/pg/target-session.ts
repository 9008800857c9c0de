import { InvalidOptionError } from '@millpond/core'
import type pg from 'pg'
import { internalsOf } from './client-internals.js'
import { parameterOf } from './host-list.js'
import type { KeptOptions, TargetSessionAttrs } from './pg-options.js'

/** What a session is; what is not known yet is undefined. */
interface Standing {
  isStandby?: boolean
  isReadOnly?: boolean
}

const allowed = ['any', 'read-write', 'read-only', 'primary', 'standby', 'prefer-standby'] as const

/** Server versions from 14 on say so by themselves, at the start and whenever it changes. */
const told = new WeakMap<pg.ClientBase, Standing>()

/** `targetSessionAttrs`, or the connection string's `target_session_attrs`. Throws `InvalidOptionError`. */
export function readTarget(options: KeptOptions): TargetSessionAttrs {
  const { targetSessionAttrs, connectionString } = options
  const given = targetSessionAttrs ?? parameterOf(connectionString, 'target_session_attrs') ?? 'any'
  if (allowed.includes(given as TargetSessionAttrs)) return given as TargetSessionAttrs
  throw new InvalidOptionError('targetSessionAttrs', given, allowed.map((name) => `'${name}'`).join(', '))
}

/** Listens to what the server says of the session. To be called before it connects. */
export function trackStanding(client: pg.ClientBase): void {
  const standing: Standing = {}
  told.set(client, standing)
  internalsOf(client).connection?.on(
    'parameterStatus',
    ({ parameterName, parameterValue }: { parameterName: string; parameterValue: string }) => {
      if (parameterName === 'in_hot_standby') standing.isStandby = parameterValue === 'on'
      else if (parameterName === 'default_transaction_read_only') standing.isReadOnly = parameterValue === 'on'
    },
  )
}

/** Undefined when the session is of the wanted kind, else what it is instead. Older servers are asked. */
export async function whatElse(client: pg.ClientBase, target: TargetSessionAttrs): Promise<string | undefined> {
  if (target === 'any' || target === 'prefer-standby') return undefined
  const standing = told.get(client) ?? {}
  if (standing.isStandby === undefined || standing.isReadOnly === undefined) await ask(client, standing)
  return mismatch(standing, target)
}

/** Whether it is of the wanted kind still, as far as the server has told. */
export function isStill(client: pg.ClientBase, target: TargetSessionAttrs): boolean {
  return mismatch(told.get(client) ?? {}, target) === undefined
}

async function ask(client: pg.ClientBase, standing: Standing): Promise<void> {
  const recovery = await client.query<{ is: boolean }>('SELECT pg_catalog.pg_is_in_recovery() AS is')
  const readOnly = await client.query<{ transaction_read_only: string }>('SHOW transaction_read_only')
  standing.isStandby = recovery.rows[0]?.is === true
  standing.isReadOnly = readOnly.rows[0]?.transaction_read_only === 'on'
}

/** As libpq judges: a standby is read-only, whatever its default. */
function mismatch({ isStandby, isReadOnly }: Standing, target: TargetSessionAttrs): string | undefined {
  const cannotWrite = isStandby || isReadOnly
  if (target === 'read-write' && cannotWrite) return 'it is read-only'
  if (target === 'read-only' && cannotWrite === false) return 'it is not read-only'
  if (target === 'primary' && isStandby) return 'it is a standby'
  if (target === 'standby' && isStandby === false) return 'it is not a standby'
  return undefined
}
