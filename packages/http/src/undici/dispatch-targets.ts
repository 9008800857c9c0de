import { Client, type Dispatcher, errors } from 'undici'
import { DispatchTarget, keyOf } from './dispatch-target.js'
import { serverNameOf } from './server-name.js'

/** Ways of writing one origin that are remembered. */
const MAX_NAMES = 8

/** Finds the target of each request, and forgets those that nobody holds. */
export class DispatchTargets {
  readonly #byKey = new Map<string, DispatchTarget>()
  readonly #byName = new Map<string, DispatchTarget>()

  /** Throws undici's `InvalidArgumentError` for what is no origin. */
  of(options: Dispatcher.DispatchOptions): DispatchTarget {
    const name = nameOf(options.origin)
    const target = this.#byName.get(name) ?? this.#find(name)
    return target.secure ? this.#named(target, serverNameOf(options)) : target
  }

  /** Those that somebody holds. */
  held(): Iterable<DispatchTarget> {
    return this.#byKey.values()
  }

  /** Its connections and waiting requests are to be found from here on. Returns the one that stands for its key. */
  hold(target: DispatchTarget): DispatchTarget {
    const known = target.holders > 0 ? target : (this.#byKey.get(target.key) ?? target)
    if (known.holders++ === 0) {
      this.#byKey.set(known.key, known)
      for (const name of known.names) this.#byName.set(name, known)
    }
    return known
  }

  letGo(target: DispatchTarget): void {
    if (--target.holders > 0) return
    this.#byKey.delete(target.key)
    for (const name of target.names) this.#byName.delete(name)
  }

  #find(name: string): DispatchTarget {
    const url = originIn(name)
    const fresh = new DispatchTarget(url, null)
    const target = this.#byKey.get(fresh.key) ?? fresh
    if (target.names.length < MAX_NAMES) {
      target.names = target.names.concat(name)
      if (target.holders > 0) this.#byName.set(name, target)
    }
    return target
  }

  #named(target: DispatchTarget, servername: string | null): DispatchTarget {
    if (servername === null) return target
    return this.#byKey.get(keyOf(target.origin, servername)) ?? new DispatchTarget(target.url, servername)
  }
}

function nameOf(origin: string | URL | undefined): string {
  if (typeof origin === 'string' && origin !== '') return origin
  if (origin instanceof URL) return origin.href
  throw new errors.InvalidArgumentError('opts.origin must be a non-empty string or URL.')
}

/** A `Client` refuses what is no origin, in undici's words. */
function originIn(name: string): URL {
  const client = new Client(name)
  void client.destroy()
  return new URL(name)
}
