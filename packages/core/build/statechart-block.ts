const begin = '<!-- statechart:begin -->'
const end = '<!-- statechart:end -->'

/** The document with the diagram between its statechart markers; throws when it has no such place. */
export function withStatechart(document: string, diagram: string): string {
  const start = document.indexOf(begin)
  const stop = document.indexOf(end, start)
  if (start < 0 || stop < 0) throw new Error(`the markers ${begin} and ${end} are missing`)
  const block = `${begin}\n\n\`\`\`mermaid\n${diagram}\n\`\`\`\n\n`
  return document.slice(0, start) + block + document.slice(stop)
}
