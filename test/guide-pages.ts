import { markdownFiles } from './markdown.js'

/** Whether `npm run docs` makes a page of something else: the sources' doc comments, or a README. */
export function isGenerated(path: string): boolean {
  return /^docs\/(reference|readme)\//.test(path)
}

/** The pages of the guide that are written by hand. */
export function guidePages(): string[] {
  return markdownFiles().filter((path) => path.startsWith('docs/') && !isGenerated(path))
}
