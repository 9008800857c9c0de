// The process of one probe: it tells what it found.

import type { Figures, Probe } from './probe.js'

process.once('disconnect', () => process.exit())

/** What it tells its parent. */
export type Told = { figures: Figures } | { error: string }

const probe = JSON.parse(process.argv[2] ?? '') as Probe
const tell = (told: Told) => process.send?.(told)

try {
  tell({ figures: await figures() })
} catch (error) {
  tell({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) })
}

/** Loads what is measured, and no other pool. */
async function figures(): Promise<Figures> {
  switch (probe.kind) {
    case 'allocations':
      return (await import('./allocations.js')).allocations(probe)
    case 'gc':
      return (await import('./waits-under-gc.js')).waitsUnderGc(probe)
    case 'expiries':
      return (await import('./expiries.js')).expiries(probe)
    case 'memory':
      return (await import('./held-memory.js')).heldMemory(probe)
  }
}
