interface Emitter {
  eventNames(): (string | symbol)[]
  listenerCount(event: string | symbol): number
}

/** The resource, and what it has as properties, as far as they are EventEmitters; with what to call them. */
export function emittersOf(resource: unknown): { readonly name: string; readonly emitter: Emitter }[] {
  if (typeof resource !== 'object' || resource === null) return []
  const candidates: [string, unknown][] = [['', resource], ...Object.entries(resource)]
  return candidates.flatMap(([name, value]) => (isEmitter(value) ? [{ name, emitter: value }] : []))
}

/** Who listens to it, as lines such as `close: 2` or `socket close: 2`. */
export function listenersOf(resource: unknown): string[] {
  return emittersOf(resource).flatMap(({ name, emitter }) =>
    emitter.eventNames().map((event) => `${name} ${String(event)}: ${emitter.listenerCount(event)}`.trim()),
  )
}

function isEmitter(value: unknown): value is Emitter {
  if (typeof value !== 'object' || value === null) return false
  const { eventNames, listenerCount } = value as Partial<Emitter>
  return typeof eventNames === 'function' && typeof listenerCount === 'function'
}
