/** What distinguishes a session from a new one, in the words of CLIENT INFO. */
export type Facts = Readonly<Record<(typeof telling)[number], string>>

/** `watch` since Redis 7.4, `resp` and `ssub` since 7.0; one that is missing is missing on a new session, too. */
const telling = ['db', 'flags', 'multi', 'name', 'psub', 'redir', 'resp', 'ssub', 'sub', 'user', 'watch'] as const

/** Says nothing of the session: N stands for none, u has just been unblocked. */
const passing = /[Nu]/g

/** Reads `id=3 addr=127.0.0.1:41528 … db=0 …`. Undefined when it is something else, as QUEUED inside a MULTI. */
export function readFacts(info: unknown): Facts | undefined {
  const text = String(info).trim()
  if (!text.startsWith('id=')) return undefined
  const fields = new Map(text.split(' ').map((field) => [before(field, '='), after(field, '=')] as const))
  const facts = telling.map((name) => [name, fields.get(name) ?? ''] as const)
  return { ...(Object.fromEntries(facts) as Facts), flags: (fields.get('flags') ?? '').replace(passing, '') }
}

/** The fields in which two sessions differ. */
export function differences(one: Facts, other: Facts): (keyof Facts)[] {
  return telling.filter((name) => one[name] !== other[name])
}

function before(text: string, mark: string): string {
  return text.slice(0, text.indexOf(mark))
}

function after(text: string, mark: string): string {
  return text.slice(text.indexOf(mark) + 1)
}
