import { readFileSync } from 'node:fs'
import ts from 'typescript'

/** One member of an interface, as its source has it. */
export interface Member {
  readonly name: string
  /** The text of its type; of a method, the text from its name on. */
  readonly type: string
  readonly optional: boolean
  /** Its doc comment in one line; empty without one. */
  readonly doc: string
}

/** The interfaces of a source file with their members, in the order in which they stand there. */
export function interfacesOf(file: string): Map<string, Member[]> {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true)
  const interfaces = source.statements.filter(ts.isInterfaceDeclaration)
  return new Map(interfaces.map(({ name, members }) => [name.text, members.map((member) => memberOf(member, source))]))
}

function memberOf(member: ts.TypeElement, source: ts.SourceFile): Member {
  const type = ts.isPropertySignature(member) ? member.type : undefined
  return {
    name: member.name?.getText(source) ?? '',
    type: (type ?? member).getText(source),
    optional: member.questionToken !== undefined,
    doc: ts
      .getJSDocCommentsAndTags(member)
      .map(({ comment }) => ts.getTextOfJSDocComment(comment) ?? '')
      .join(' ')
      .replace(/\s+/g, ' '),
  }
}
