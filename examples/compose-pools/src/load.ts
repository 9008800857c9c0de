/** How many requests each server has answered, by its name; and how many nobody has. */
export interface Answers {
  readonly by: Readonly<Record<string, number>>
  readonly failed: number
}

/** So many clients, each of which asks again as soon as it has its answer. `ask` resolves with who answered. */
export async function load(clients: number, requestsOfEach: number, ask: () => Promise<string>): Promise<Answers> {
  const asked = Array.from({ length: clients }, async () => {
    const outcomes: PromiseSettledResult<string>[] = []
    while (outcomes.length < requestsOfEach) outcomes.push(...(await Promise.allSettled([ask()])))
    return outcomes
  })
  return answersOf((await Promise.all(asked)).flat())
}

export function answersOf(outcomes: readonly PromiseSettledResult<string>[]): Answers {
  const by: Record<string, number> = {}
  let failed = 0
  for (const outcome of outcomes) {
    if (outcome.status === 'rejected') failed++
    else by[outcome.value] = (by[outcome.value] ?? 0) + 1
  }
  return { by, failed }
}

/** All were answered, by these servers and no others, each of which answered some. */
export function onlyBy({ by, failed }: Answers, ...servers: string[]): boolean {
  return failed === 0 && Object.keys(by).sort().join() === servers.sort().join()
}

/** As in `replica-1 52, replica-2 48`. */
export function inWords({ by, failed }: Answers): string {
  const counts = Object.entries(by).map(([name, count]) => `${name} ${count}`)
  return [...counts.sort(), ...(failed > 0 ? [`failed ${failed}`] : [])].join(', ')
}
