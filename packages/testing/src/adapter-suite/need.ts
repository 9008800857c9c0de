import type { AdapterSuiteOptions } from './adapter-suite-options.js'
import type { Bench } from './bench.js'

/** What a clause cannot do without: something of the setup, or of the suite's own options. */
export type Need =
  | `server.${'openCount' | 'isOpen' | 'kill' | 'refuse' | 'blackhole' | 'stop' | 'start'}`
  | `adapter.${'destroy' | 'isUsable' | 'check' | 'reset' | 'watch' | 'setRef' | 'capacity' | 'isFatal'}`
  | 'dirty'
  | 'isClean'
  | 'use'

/** One need, or several of which one will do. */
export type Needs = Need | readonly Need[]

/** What the suite's options lack of it, in words; undefined where nothing. What a setup will give is not known yet. */
export function lackingFromOptions<R>(needs: readonly Needs[], options: AdapterSuiteOptions<R>): string | undefined {
  return lacking(needs, (need) => need.includes('.') || options[need as 'dirty' | 'isClean' | 'use'] !== undefined)
}

/** What a setup lacks of it, in words; undefined where nothing. */
export function lackingFromSetup<R>(needs: readonly Needs[], bench: Bench<R>): string | undefined {
  return lacking(needs, (need) => {
    const [of, name = ''] = need.split('.')
    if (of === 'server') return bench.server.can(name as 'kill')
    if (of === 'adapter') return typeof bench.adapter[name as 'check'] === 'function'
    return true
  })
}

function lacking(needs: readonly Needs[], isThere: (need: Need) => boolean): string | undefined {
  const missing = needs.map((one) => (typeof one === 'string' ? [one] : one)).filter((any) => !any.some(isThere))
  return missing.length === 0 ? undefined : missing.map((any) => any.join(' or ')).join(' and ')
}
