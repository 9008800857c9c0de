import type { Clause } from '../clause.js'
import { aborting } from './aborting.js'
import { beingUsable } from './being-usable.js'
import { carrying } from './carrying.js'
import { checking } from './checking.js'
import { closing } from './closing.js'
import { declaring } from './declaring.js'
import { destroying } from './destroying.js'
import { leaking } from './leaking.js'
import { opening } from './opening.js'
import { resetting } from './resetting.js'
import { watching } from './watching.js'

/** Every promise of an adapter, in the order of a connection's life. */
export const allClauses: readonly Clause[] = [
  ...declaring,
  ...opening,
  ...aborting,
  ...beingUsable,
  ...watching,
  ...checking,
  ...resetting,
  ...carrying,
  ...closing,
  ...destroying,
  ...leaking,
]
