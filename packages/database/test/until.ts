import { setTimeout } from 'node:timers/promises'

/** Until it holds, on the server or here; the runner's time limit is the only other. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await setTimeout(5)
}
