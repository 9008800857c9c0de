import fc from 'fast-check'
import { intrusion } from './draw-actions.js'
import type { AdmissionTurn, PolicyPlan, VerdictTurn } from './program.js'

/** A hook's answers, in turn; often there is no such hook. */
const hook = <T>(absences: number, usual: T, ...rare: T[]): fc.Arbitrary<T[]> =>
  fc.oneof(
    { weight: absences, arbitrary: fc.constant<T[]>([]) },
    {
      weight: 3,
      arbitrary: fc
        .array(
          fc.oneof({ weight: 3, arbitrary: fc.constant(usual) }, { weight: 2, arbitrary: fc.constantFrom(...rare) }),
          { minLength: 1, maxLength: 6 },
        )
        // One that never gives way would only show that nobody gets anywhere.
        .map((turns) => [...turns, usual]),
    },
  )

const verdicts = (absences: number) =>
  hook<VerdictTurn>(absences, 'keep', 'check', 'retire', 'retireFor', 'throw', 'acts')
const admissions = hook<AdmissionTurn>(2, 'admit', 'wait', 'wait', 'reject', 'rejectWith', 'throw', 'acts')

const policy: fc.Arbitrary<PolicyPlan> = fc.record({
  onConnect: verdicts(2),
  onAcquire: verdicts(2),
  // Fewer connections come back than are opened.
  onRelease: verdicts(0),
  onIdle: hook<PolicyPlan['onIdle'][number]>(
    2,
    'keep',
    'check',
    'retire',
    'retireFor',
    'throw',
    'acts',
    'lookAgain',
    'lookAgain',
  ),
  admit: admissions,
  mayOpen: admissions,
  told: hook<PolicyPlan['told'][number]>(2, 'quiet', 'throw', 'acts'),
  ms: fc.constantFrom(5, 40, 300),
  wakesAhead: fc.boolean(),
  asides: fc.array(intrusion, { minLength: 1, maxLength: 4 }),
})

/** Half of the programs have no policy of their own. */
export const policies: fc.Arbitrary<PolicyPlan[]> = fc.oneof(
  { weight: 2, arbitrary: fc.constant<PolicyPlan[]>([]) },
  { weight: 2, arbitrary: fc.array(policy, { minLength: 1, maxLength: 2 }) },
)
