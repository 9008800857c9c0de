import { inspect } from 'node:util'
import type { Lease } from '@millpond/core'
import type mysql from 'mysql2'
import { type Bounds, bound, isBounded } from './bounded-command.js'
import { MysqlQueryAbortedError } from './mysql2-errors.js'
import {
  type Answer,
  type Command,
  type ConnectionConfig,
  createQuery,
  type Packet,
  type QueryCommand,
  WirePoolConnection,
} from './mysql2-internals.js'
import { AUTOCOMMIT, errnoOf, IN_TRANSACTION, SESSION_CHANGED, statusAfter, UNKNOWN } from './server-status.js'

/** What the pool does for its connections. */
export interface ConnectionHost {
  giveBack(connection: PooledConnection): void
  destroy(connection: PooledConnection): void
  /** Kills what it is running. False: nobody knows whether and when that will be. */
  killQuery(connection: PooledConnection): Promise<boolean>
}

/** A query that the pool runs for a caller who never sees the connection. */
export interface Errand {
  /** Everything that the connection was asked has been answered. */
  drained(connection: PooledConnection): void
  /** It is gone, and the query has failed. */
  lost(connection: PooledConnection): void
}

export const nothing = (): void => {}

const sessionFlags = IN_TRANSACTION | AUTOCOMMIT

/** mysql2's connection of a pool, which knows what the server says of its session. */
export class PooledConnection extends WirePoolConnection {
  readonly #host: ConnectionHost
  /** Whose it is. */
  lease: Lease<PooledConnection> | undefined = undefined
  errand: Errand | undefined = undefined
  /** Called when its borrower has given it back. */
  whenReturned: () => void = nothing
  /** What it has been asked beside a query that is being killed: a late KILL must not hit it. */
  held: Command[] | undefined = undefined
  /** The server's flags, or `UNKNOWN`. */
  status = AUTOCOMMIT
  /** What an OK of this session said outside of a transaction before anybody had it. */
  home = AUTOCOMMIT
  /** The code of the last error. */
  errno = 0
  /** The handshake is done. */
  isConnected = false
  /** It is gone, or about to go. */
  isOver = false
  /** A borrower has logged in as somebody else. */
  isForeign = false
  /** A setting or the database may not be what it was at first. */
  isChanged = false

  constructor(pool: object, host: ConnectionHost, config: ConnectionConfig) {
    super(pool, { config })
    this.#host = host
    const ended = () => {
      this.isOver = true
    }
    // For life: what fails after its end is nobody's, and would end the process.
    this.on('error', ended)
    this.on('end', ended)
  }

  /** Whether it can be asked anything. */
  get isQueryable(): boolean {
    return !this.isOver && this._closing !== true
  }

  /** Whether something that it was asked has not been answered. In the `end` event of its last command, all has. */
  get isBusy(): boolean {
    if (this.held !== undefined || this._commands.length > 0) return true
    return this._command != null && this._command.next != null
  }

  get isInTransaction(): boolean {
    return (this.status & IN_TRANSACTION) !== 0
  }

  /** In no transaction, and autocommit as it was at first. */
  get isClean(): boolean {
    return (this.status & sessionFlags) === this.home
  }

  /** Clean, with nothing running, and it would answer. */
  get isAtRest(): boolean {
    return this.isClean && !this.isBusy && !this._paused
  }

  override handlePacket(packet?: Packet): void {
    // Held back, it comes again.
    if (packet !== undefined && !this._paused) this.#note(packet)
    super.handlePacket(packet)
    if (packet !== undefined && this._command == null && this.errand !== undefined) this.errand.drained(this)
  }

  override addCommand<C extends Command>(command: C): C {
    if (this.held === undefined) return super.addCommand(command)
    this.held.push(command)
    return command
  }

  override query<T extends mysql.QueryResult>(sql: unknown, done?: Answer<T>): QueryCommand
  override query<T extends mysql.QueryResult>(sql: unknown, values: unknown, done?: Answer<T>): QueryCommand
  override query(sql: unknown, values?: unknown, done?: Answer<never>): QueryCommand {
    // The pool binds its own.
    if (this.errand !== undefined || !isBounded(sql)) return super.query(sql, values, done)
    return this.#askBounded(sql, done ?? values, () => super.query(sql, values, done))
  }

  override execute<T extends mysql.QueryResult>(sql: unknown, done?: Answer<T>): QueryCommand
  override execute<T extends mysql.QueryResult>(sql: unknown, values: unknown, done?: Answer<T>): QueryCommand
  override execute(sql: unknown, values?: unknown, done?: Answer<never>): QueryCommand {
    if (this.errand !== undefined || !isBounded(sql)) return super.execute(sql, values, done)
    return this.#askBounded(sql, done ?? values, () => super.execute(sql, values, done))
  }

  /** Kills the command if it is running, and leaves it out if its turn has not come. */
  giveUp(command: Command): void {
    if (this._command !== command) command.start = over
    else if (this.held === undefined) void this.#kill()
    // Its reader has gone.
    if (this._paused) this.resume()
  }

  override release(): void {
    if (this.lease !== undefined) this.#host.giveBack(this)
  }

  override destroy(): void {
    if (this.lease !== undefined) this.#host.destroy(this)
    else this.endNow()
  }

  override [Symbol.dispose](): void {
    this.release()
  }

  /** Its commands carry the login of the connection with them. */
  [inspect.custom](): string {
    return `PooledConnection { threadId: ${this.threadId}, state: '${this.state}' }`
  }

  override changeUser(options: object, done?: (error: mysql.QueryError | null) => void): void {
    this.isForeign = true
    super.changeUser(options, done)
  }

  /** The pool watches for the end itself. */
  override _removeFromPool(): void {}

  /** mysql2 tells commands with a callback, and the connection; a stream would wait for ever. */
  override _notifyError(error: Error): void {
    const { held = [] } = this
    this.held = undefined
    const streams = this.isConnected ? this.#streams() : []
    super._notifyError(error)
    for (const stream of streams) stream.emit('error', error)
    for (const command of held) if (isHeard(command)) failCommand(command, error)
  }

  /** Ends it without waiting for the server. What it was asked fails. */
  endNow(): void {
    if (this.isBusy) this._notifyError(new ConnectionLostError(this.isOver))
    this.isOver = true
    this.close()
    this.stream.destroy()
  }

  /** Calls back when everything that it has been asked so far has been answered. */
  afterQueued(done: () => void): void {
    const last = this._commands.length > 0 ? this._commands.get(this._commands.length - 1) : this._command
    if (last == null) done()
    else last.once('end', done)
  }

  async #kill(): Promise<void> {
    this.held = this.#takeQueued()
    const isDone = await this.#host.killQuery(this)
    const { held } = this
    if (held === undefined) return
    if (!isDone) {
      // One that has come back meanwhile is waited for only so long.
      if (this.lease !== undefined) this.destroy()
      return
    }
    this.held = undefined
    for (const command of held) super.addCommand(command)
  }

  #takeQueued(): Command[] {
    const taken: Command[] = []
    for (let next = this._commands.shift(); next !== undefined; next = this._commands.shift()) taken.push(next)
    return taken
  }

  #askBounded(bounds: Bounds, done: unknown, ask: () => QueryCommand): QueryCommand {
    if (bounds.signal?.aborted) return this.#leaveOut(bounds.signal, done)
    const command = ask()
    bound(this, command, bounds)
    return command
  }

  #leaveOut(signal: AbortSignal, done: unknown): QueryCommand {
    const command = createQuery('', undefined, undefined, this.config)
    command.start = over
    if (typeof done === 'function') command.onResult = done as never
    process.nextTick(failCommand, command, new MysqlQueryAbortedError(signal.reason))
    return command
  }

  #note(packet: Packet): void {
    const status = statusAfter(packet, this._command, this.status)
    if (status === UNKNOWN) this.errno = errnoOf(packet)
    else if ((status & SESSION_CHANGED) !== 0) this.isChanged = true
    this.status = status
  }

  #streams(): Command[] {
    const commands: (Command | null | undefined)[] = [this._command]
    for (let index = 0; index < this._commands.length; index++) commands.push(this._commands.get(index))
    return commands.filter((command) => command != null && !command.onResult && isHeard(command)) as Command[]
  }
}

/** A command without a callback tells by an event. */
export function failCommand(command: Command, error: unknown): void {
  if (command.onResult) command.onResult(error)
  else command.emit('error', error)
}

/** mysql2 would throw the error of an unheard command at whoever happens to be there. */
function isHeard(command: Command): boolean {
  return Boolean(command.onResult) || command.listenerCount('error') > 0
}

/** The start of a command that sends nothing. */
const over = () => null

/** As mysql2 says that a connection is gone. */
class ConnectionLostError extends Error {
  readonly code = 'PROTOCOL_CONNECTION_LOST'
  readonly fatal = true

  constructor(byServer: boolean) {
    super(`Connection lost: ${byServer ? 'The server closed the connection.' : 'It was destroyed.'}`)
  }
}
