import type { LookupAddress } from 'node:dns'
import net from 'node:net'

/** Resolves with all addresses of a name, each once; rejects with the lookup's error, and when there is none. */
export function lookUp(host: string, lookup: net.LookupFunction): Promise<readonly LookupAddress[]> {
  return new Promise((resolve, reject) => {
    lookup(host, { all: true }, (error, found, family) => {
      if (error) {
        reject(error)
        return
      }
      const all = typeof found === 'string' ? [{ address: found, family: family ?? 0 }] : (found ?? [])
      const usable = new Map(
        all.filter(({ address }) => net.isIP(address) !== 0).map(({ address }) => [address, net.isIP(address)]),
      )
      if (usable.size > 0) resolve(Array.from(usable, ([address, family]) => ({ address, family })))
      else reject(Object.assign(new Error(`no address was found for ${host}`), { code: 'ENODATA' }))
    })
  })
}
