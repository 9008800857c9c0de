/** What a policy owes its pool, by a short name. */
export type PolicyClause =
  | 'throws'
  | 'answers'
  | 'time'
  | 'wakes'
  | 'steady'
  | 'restless'
  | 'most'
  | 'detached'
  | 'apart'
  | 'serves'
  | 'invariants'

/** The clauses in the order in which they are reported, each as the sentence that names its test. */
export const policyClauses: Readonly<Record<PolicyClause, string>> = {
  throws: 'throws nothing, whatever it is asked and told',
  answers: 'answers what there is to answer, and at once',
  time: 'asks its host for the time, and sets no timer of its own',
  wakes: 'says when to ask again wherever it lets somebody wait (invariant 4)',
  steady: "says 'wait' again when it is asked again at once: only what happens changes its answer",
  restless: 'does not have itself asked without end at one moment',
  most: 'admits no open beyond what it is to limit (invariant 2)',
  detached: 'leaves a pool alone that has closed (invariant 7)',
  apart: 'does to a second pool what it did to the first, given the same time and chance',
  serves: 'lets a pool do its work: where nothing goes wrong, somebody is served',
  invariants: 'keeps every other invariant of a pool',
}

/** A clause that did not hold in a program. */
export interface Finding {
  readonly clause: PolicyClause
  readonly message: string
}
