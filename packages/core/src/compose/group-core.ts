import type { Detours } from './detours.js'
import type { EventBridge } from './event-bridge.js'
import type { Members } from './members.js'
import type { Quiet } from './quiet.js'
import type { WaitingRoom } from './waiting-room.js'

/** What the functions of a group share. */
export interface GroupCore<R> {
  readonly name: string
  /** ms that an acquire has which names no `timeout`. */
  readonly timeout: number
  readonly members: Members<R>
  readonly room: WaitingRoom<R>
  readonly detours: Detours
  readonly bridge: EventBridge<R>
  readonly quiet: Quiet<R>
}
