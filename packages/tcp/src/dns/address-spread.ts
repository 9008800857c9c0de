import type { LookupAddress } from 'node:dns'
import { canonicalAddress } from './canonical-address.js'

/** Where the next connection goes first: to the address that has the fewest, and last to those that did not answer. */
export class AddressSpread {
  readonly #load = new Map<string, number>()
  readonly #suspects = new Set<string>()
  #turn = 0

  /** One connection more; call what it returns when that has ended. */
  add(written: string): () => void {
    const address = canonicalAddress(written)
    this.#load.set(address, this.#loadOf(address) + 1)
    let isOn = true
    return () => {
      if (!isOn) return
      isOn = false
      const left = this.#loadOf(address) - 1
      if (left > 0) this.#load.set(address, left)
      else this.#load.delete(address)
    }
  }

  suspect(address: string): void {
    this.#suspects.add(canonicalAddress(address))
  }

  trust(address: string): void {
    this.#suspects.delete(canonicalAddress(address))
  }

  /** What is known of addresses holds no longer. */
  trustAll(): void {
    this.#suspects.clear()
  }

  /**
   * In the order in which they should be tried. The families stay in the system's order (RFC 6724), unless one has only
   * suspects; Happy Eyeballs alternates between them. Among equals everyone has a turn.
   */
  order(addresses: readonly LookupAddress[]): LookupAddress[] {
    const turn = this.#turn++
    const families = [...new Set(addresses.map(({ family }) => family))].map((family) => {
      const members = addresses.filter((each) => each.family === family)
      const start = turn % members.length
      const rotated = [...members.slice(start), ...members.slice(0, start)]
      return rotated.sort(
        (a, b) =>
          this.#doubt(a) - this.#doubt(b) ||
          this.#loadOf(canonicalAddress(a.address)) - this.#loadOf(canonicalAddress(b.address)),
      )
    })
    return families.sort(([a], [b]) => this.#doubt(a) - this.#doubt(b)).flat()
  }

  #doubt(address: LookupAddress | undefined): number {
    return address !== undefined && this.#suspects.has(canonicalAddress(address.address)) ? 1 : 0
  }

  #loadOf(address: string): number {
    return this.#load.get(address) ?? 0
  }
}
