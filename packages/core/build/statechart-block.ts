import { withBlock } from './marked-block.js'

/** The document with the diagram between its statechart markers; throws when it has no such place. */
export function withStatechart(document: string, diagram: string): string {
  return withBlock(document, 'statechart', `\`\`\`mermaid\n${diagram}\n\`\`\``)
}
