/** A clause could not be tried: something that it needs was left out. No failure, but to be reported. */
export class NotCovered extends Error {
  override readonly name = 'NotCovered'

  constructor(title: string, needs: string) {
    super(`not covered: ${title} — needs ${needs}`)
  }
}
