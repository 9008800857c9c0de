import { fileURLToPath } from 'node:url'
import { resolveOptions } from '../src/pool/resolve-options.js'
import { interfacesOf, type Member } from './interface-members.js'

const source = fileURLToPath(new URL('../src/pool/pool-options.ts', import.meta.url))

/** One option of a pool, as the types document it and as the resolver resolves it. */
export interface DocumentedOption {
  /** Its path, as in `connect.backoff.factor`. */
  readonly path: string
  /** Its default in Markdown, by its doc comment: `undefined` where that does not say. */
  readonly documented: string | undefined
  /** Its default, by `resolveOptions` for an adapter that has nothing but `open` and `close`. */
  readonly resolved: unknown
  /** What it does, without its default. */
  readonly about: string
}

type Values = Readonly<Record<string, unknown>>

/** Every option of `PoolOptions`, the groups unfolded, in the order of the source. */
export function poolOptions(): DocumentedOption[] {
  const interfaces = interfacesOf(source)
  const adapter = { name: '(the adapter)', open: () => ({}), close: () => {} }
  const unfold = (name: string, prefix: string, values: Values, switchedOn: Values): DocumentedOption[] =>
    (interfaces.get(name) ?? []).flatMap((member) => {
      const path = prefix + member.name
      const value = values[member.name]
      const group = member.type.split(' | ').find((type) => interfaces.has(type))
      if (group === undefined) return optionOf(member, path, value)
      const on = switchedOn[member.name] as Values
      const members = unfold(group, `${path}.`, (value ?? on) as Values, on)
      return value === undefined ? [optionOf(member, path, value), ...members] : members
    })
  const off = resolveOptions(adapter)
  const on = resolveOptions(adapter, { acquire: { adaptive: true, perClient: { max: 1 } }, connect: { breaker: {} } })
  return unfold('PoolOptions', '', { ...off }, { ...on })
}

/** The table for people: one row for each option, its group on the first of the group. */
export function optionTable(options: readonly DocumentedOption[]): string {
  let above = ''
  const rows = options.toSorted(byGroup).map(({ path, documented = '', about }) => {
    const [first = '', ...rest] = path.split('.')
    const group = rest.length === 0 ? 'no group' : `\`${first}\``
    const cells = [group === above ? '' : group, `\`${rest.join('.') || path}\``, documented, about]
    above = group
    return cells.map((cell) => cell.replaceAll('|', '\\|'))
  })
  return [['group', 'option', 'default', 'what it does'], ['---', '---', '---', '---'], ...rows]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n')
}

/** A value as the doc comments write it: `30 000`, `` `Infinity` ``, `'fifo'`, `true`, off. */
export function shown(value: unknown): string {
  if (value === undefined) return 'off'
  if (Array.isArray(value) && value.length === 0) return 'none'
  if (value === Number.POSITIVE_INFINITY) return '`Infinity`'
  if (typeof value === 'number') return String(value).replace(/(\d)(?=(\d{3})+$)/g, '$1 ')
  if (typeof value === 'string') return `'${value}'`
  if (typeof value === 'function') return `\`Math.${value.name}\``
  return String(value)
}

/** Those in a group first; the sort is stable. */
function byGroup(a: DocumentedOption, b: DocumentedOption): number {
  return Number(!a.path.includes('.')) - Number(!b.path.includes('.'))
}

/** A doc comment says what, then `Default …`, then in brackets who else has such an option. */
function optionOf({ doc }: Member, path: string, resolved: unknown): DocumentedOption {
  const sentences = doc.split(/(?<=\.)\s+(?=[A-Z'(`])/)
  const saying = sentences.find((sentence) => sentence.startsWith('Default'))
  const [stated, afterwards] = saying?.replace(/\.$/, '').split('; ') ?? []
  const inline = /'\w+'(?=,? \(?default\b)/.exec(doc)?.[0]
  const about = sentences
    .map((sentence) => (sentence === saying ? (afterwards && `${afterwards}.`) || '' : sentence))
    .filter((sentence) => sentence !== '' && !sentence.startsWith('('))
    .join(' ')
    .replace(/ \(default\)|, default/g, '')
  const documented = stated?.replace(/^Default:? /, '').replace(/^([^:]*): .*$/, '$1') ?? inline
  return { path, documented, resolved, about }
}
