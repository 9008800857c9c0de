import { setImmediate as turn } from 'node:timers/promises'

/** Waits for what happens in real time: on sockets, in the kernel. */
export async function until(isSo: () => boolean): Promise<void> {
  const deadline = performance.now() + 4_000
  while (!isSo()) {
    if (performance.now() > deadline) throw new Error(`Not so in time: ${isSo}`)
    await turn()
  }
}

/** Whatever is on its way on loopback has arrived. */
export async function settled(): Promise<void> {
  for (let n = 0; n < 40; n++) await turn()
}
