/** Simulates one setting after the other, each under its name. */
export async function compare<K extends string, S, F>(
  settings: Readonly<Record<K, S>>,
  simulated: (setting: S) => Promise<F>,
): Promise<Record<K, F>> {
  const findings = {} as Record<K, F>
  for (const name of Object.keys(settings) as K[]) findings[name] = await simulated(settings[name])
  return findings
}
