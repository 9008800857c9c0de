import type { Clock } from './clock.js'

/** Something that can be due on a wheel. Its links are the wheel's: whoever extends it is itself the list's node. */
export abstract class TimerEntry {
  /** Tick at which it is due; meaningful while armed. */
  due = 0
  /** Index of the slot that holds it, or `DISARMED`. */
  slot = DISARMED
  nextTimer: TimerEntry | undefined = undefined
  previousTimer: TimerEntry | undefined = undefined

  get armed(): boolean {
    return this.slot !== DISARMED
  }

  /** Called once when due, disarmed by then. */
  abstract expire(): void
}

/** A timer entry that calls a function: for what a pool has one of. */
export class Alarm extends TimerEntry {
  readonly #fn: () => void

  constructor(fn: () => void) {
    super()
    this.#fn = fn
  }

  expire(): void {
    this.#fn()
  }
}

const DISARMED = -1
const BITS = 5
const SLOTS = 1 << BITS
const LEVELS = 6
/** Ticks the levels cover, 2^30 ms or 12.4 days; what is due in a later epoch waits in the `FAR` list. */
const EPOCH = 2 ** (BITS * LEVELS)
const FAR = LEVELS * SLOTS
const FIRING = FAR + 1
const LONGEST_TIMEOUT = 2 ** 31 - 1

/** Expiries in one turn of the event loop at most: a hundred thousand at once would hold it up for half a second. */
export const EXPIRIES_AT_ONCE = 128
/** What an expiry costs at least, beside the moving of an entry down a level … */
const EXPIRY = 16
/** … and what one turn may cost. */
const ALLOWANCE = EXPIRIES_AT_ONCE * EXPIRY

/**
 * A hierarchical timing wheel (Varghese & Lauck 1987; laid out as in Tokio's timer) with ticks of 1 ms: arming and
 * disarming are O(1) whatever the number of entries, an entry moves at most once per level, never fires early, and one
 * timer of the clock drives them all. There is none while no entry is armed. Of very many that are due at once, some
 * fire a few ms late, so that the event loop goes on meanwhile.
 */
export class TimerWheel {
  readonly #clock: Clock
  /** Runs what arms the clock's timer, so that its callback gets the pool's async context and not an acquirer's. */
  readonly #inScope: (fn: () => void) => void
  readonly #origin: number
  readonly #heads: (TimerEntry | undefined)[] = new Array(FIRING + 1).fill(undefined)
  readonly #occupied = new Int32Array(LEVELS)
  /** The tick that has been worked through, and the start of its epoch. */
  #elapsed = 0
  #epoch = 0
  /** The tick that is being worked up to: what is armed meanwhile is due in a later turn of the event loop. */
  #reached = 0
  #count = 0
  /** What is left of `ALLOWANCE` in this turn. */
  #allowance = 0
  #timer: unknown
  /** Tick for which the clock's timer is set; Infinity when it is not. */
  #alarmTick = Number.POSITIVE_INFINITY
  #advancing = false
  #holders = 0

  constructor(clock: Clock, inScope: (fn: () => void) => void = (fn) => fn()) {
    this.#clock = clock
    this.#inScope = inScope
    this.#origin = Math.floor(clock.now())
  }

  get size(): number {
    return this.#count
  }

  /** Arms `entry` for the absolute time `at`; re-arms it when armed. `Infinity` disarms. */
  arm(entry: TimerEntry, at: number): void {
    if (at === Number.POSITIVE_INFINITY) {
      this.disarm(entry)
      return
    }
    if (entry.slot === DISARMED) this.#count++
    else this.#unlink(entry)
    const due = Math.ceil(at - this.#origin)
    entry.due = due > this.#reached ? due : this.#reached + 1
    this.#insert(entry)
    if (entry.due < this.#alarmTick && !this.#advancing) this.#setAlarm(entry.due)
  }

  /** Arms `entry` for the absolute time `at`, unless it is armed for no later. */
  armBy(entry: TimerEntry, at: number): void {
    if (entry.slot === DISARMED || at - this.#origin < entry.due) this.arm(entry, at)
  }

  disarm(entry: TimerEntry): void {
    if (entry.slot === DISARMED) return
    this.#unlink(entry)
    entry.slot = DISARMED
    this.#count--
    if (this.#count === 0 && !this.#advancing) this.#clearAlarm()
  }

  /** For an entry that stands for many, when it has expired and ended one of them: whether this turn of the event loop
   * bears another. */
  bearsAnother(): boolean {
    if (this.#allowance <= 0) return false
    this.#allowance -= EXPIRY
    return true
  }

  /** ms by which an entry that has just expired was late. */
  lateness(entry: TimerEntry, now: number): number {
    return now - this.#origin - entry.due
  }

  /** Disarms everything. */
  clear(): void {
    for (let slot = 0; slot < this.#heads.length; slot++) {
      for (let entry = this.#heads[slot]; entry !== undefined; entry = this.#heads[slot]) this.disarm(entry)
    }
    this.#clearAlarm()
  }

  /** One more, or one less, for whom the wheel's timer keeps the process alive. */
  holdProcess(hold: boolean): void {
    const before = this.#holders
    this.#holders += hold ? 1 : -1
    if (before === 0 || this.#holders === 0) this.#applyHold()
  }

  #applyHold(): void {
    if (this.#timer === undefined) return
    if (this.#holders > 0) this.#clock.ref?.(this.#timer)
    else this.#clock.unref?.(this.#timer)
  }

  #insert(entry: TimerEntry): void {
    const low = entry.due - this.#epoch
    let slot = FAR
    if (low < EPOCH) {
      // The highest group of bits in which it differs from now says how far ahead it is.
      const level = ((31 - Math.clz32((low ^ (this.#elapsed - this.#epoch)) | 1)) / BITS) | 0
      const index = (low >>> (level * BITS)) & (SLOTS - 1)
      this.#occupied[level]! |= 1 << index
      slot = level * SLOTS + index
    }
    this.#link(entry, slot)
  }

  #link(entry: TimerEntry, slot: number): void {
    const head = this.#heads[slot]
    entry.slot = slot
    entry.previousTimer = undefined
    entry.nextTimer = head
    if (head !== undefined) head.previousTimer = entry
    this.#heads[slot] = entry
  }

  #unlink(entry: TimerEntry): void {
    const { nextTimer: next, previousTimer: previous, slot } = entry
    if (next !== undefined) next.previousTimer = previous
    if (previous !== undefined) previous.nextTimer = next
    else {
      this.#heads[slot] = next
      if (next === undefined && slot < FAR) this.#occupied[slot >>> BITS]! &= ~(1 << (slot & (SLOTS - 1)))
    }
    entry.nextTimer = undefined
    entry.previousTimer = undefined
  }

  /** The next tick at which a slot must be looked at: exact on the lowest level, the slot's start above it. */
  #nextTick(): number {
    if (this.#heads[FIRING] !== undefined) return this.#elapsed + 1
    const low = this.#elapsed - this.#epoch
    for (let level = 0; level < LEVELS; level++) {
      const current = (low >>> (level * BITS)) & (SLOTS - 1)
      // Entries of a level lie ahead of its current slot: one in or behind it would be on a lower level, or due.
      const ahead = this.#occupied[level]! & ~((2 << current) - 1)
      if (ahead !== 0) {
        const index = 31 - Math.clz32(ahead & -ahead)
        const span = SLOTS ** (level + 1)
        return this.#epoch + Math.floor(low / span) * span + index * SLOTS ** level
      }
    }
    return this.#heads[FAR] === undefined ? Number.POSITIVE_INFINITY : this.#epoch + EPOCH
  }

  #setAlarm(tick: number): void {
    if (this.#timer !== undefined) this.#clock.clearTimeout(this.#timer)
    this.#alarmTick = tick
    const wait = Math.min(Math.max(1, Math.ceil(tick + this.#origin - this.#clock.now())), LONGEST_TIMEOUT)
    this.#inScope(() => {
      this.#timer = this.#clock.setTimeout(this.#onAlarm, wait)
    })
    this.#applyHold()
  }

  #clearAlarm(): void {
    if (this.#timer === undefined) return
    this.#clock.clearTimeout(this.#timer)
    this.#timer = undefined
    this.#alarmTick = Number.POSITIVE_INFINITY
  }

  readonly #onAlarm = (): void => {
    this.#timer = undefined
    this.#alarmTick = Number.POSITIVE_INFINITY
    this.#advancing = true
    try {
      this.#advance(Math.floor(this.#clock.now() - this.#origin))
    } finally {
      this.#advancing = false
      const next = this.#nextTick()
      if (next !== Number.POSITIVE_INFINITY) this.#setAlarm(next)
    }
  }

  #advance(now: number): void {
    this.#allowance = ALLOWANCE
    this.#reached = Math.max(now, this.#elapsed)
    this.#fire()
    while (this.#heads[FIRING] === undefined) {
      const tick = this.#nextTick()
      if (tick > now) break
      this.#pass(tick)
      this.#turn(tick)
    }
    if (this.#heads[FIRING] === undefined && now > this.#elapsed) this.#pass(now)
  }

  #pass(tick: number): void {
    this.#elapsed = tick
    if (tick - this.#epoch >= EPOCH) this.#epoch = tick - (tick % EPOCH)
  }

  /** Takes every slot that starts at `tick`: what is in the higher levels was armed earlier, and goes first. */
  #turn(tick: number): void {
    const low = tick % EPOCH
    for (let level = 0; level < LEVELS; level++) {
      if (low % SLOTS ** level === 0) this.#collect(level * SLOTS + ((low >>> (level * BITS)) & (SLOTS - 1)))
    }
    if (low === 0) this.#collect(FAR)
    this.#fire()
  }

  /** Puts a slot in front of what is firing, oldest first. An entry disarmed by another's expiry is unlinked from there. */
  #collect(slot: number): void {
    let entry = this.#heads[slot]
    if (entry === undefined) return
    this.#heads[slot] = undefined
    if (slot < FAR) this.#occupied[slot >>> BITS]! &= ~(1 << (slot & (SLOTS - 1)))
    while (entry !== undefined) {
      const next: TimerEntry | undefined = entry.nextTimer
      this.#link(entry, FIRING)
      entry = next
    }
  }

  /** Expires what is due, and moves the rest down. What the allowance does not suffice for, or an expiry that threw has
   * left behind, has its turn in the next tick. */
  #fire(): void {
    for (let entry = this.#heads[FIRING]; entry !== undefined; entry = this.#heads[FIRING]) {
      if (this.#allowance <= 0) return
      this.#unlink(entry)
      if (entry.due > this.#elapsed) {
        this.#allowance--
        this.#insert(entry)
      } else {
        this.#allowance -= EXPIRY
        entry.slot = DISARMED
        this.#count--
        entry.expire()
      }
    }
  }
}
