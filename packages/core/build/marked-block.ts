/** The document with `text` between its markers `<!-- name:begin -->` and `<!-- name:end -->`; throws when it has none. */
export function withBlock(document: string, name: string, text: string): string {
  const begin = `<!-- ${name}:begin -->`
  const end = `<!-- ${name}:end -->`
  const start = document.indexOf(begin)
  const stop = document.indexOf(end, start)
  if (start < 0 || stop < 0) throw new Error(`the markers ${begin} and ${end} are missing`)
  return `${document.slice(0, start)}${begin}\n\n${text}\n\n${document.slice(stop)}`
}
