import { InvalidOptionError } from '@millpond/core'
import { refuseUnknown } from '../refuse-unknown.js'

/** How long a borrower waits for the peer. Both are off unless given; a connection that nobody has is not timed. */
export interface TcpTimeouts {
  /**
   * ms without a byte while an answer is awaited: after something was written, until the first byte that comes after
   * it. Then the socket is destroyed with `TcpReadTimeoutError`. Set it above the slowest honest answer; with `lines()`
   * and `lengthPrefixed()` it also holds in the midst of a frame that is being read. Default `Infinity`: off; 0 is
   * refused. (SO_RCVTIMEO, JDBC's `socketTimeout`, undici's `headersTimeout`)
   */
  readonly read?: number
  /**
   * ms in which the kernel takes none of the bytes that were written, because the peer does not read them or does not
   * answer any more. Then the socket is destroyed with `TcpWriteTimeoutError`. Set it to what a peer that is alive may
   * pause; small writes never meet it, since the kernel's buffer takes them. Late by a quarter at most when a single
   * large chunk stalls in its midst. Default `Infinity`: off; 0 is refused. (SO_SNDTIMEO, nginx's `send_timeout`)
   */
  readonly write?: number
}

export interface ResolvedTimeouts {
  readonly read: number
  readonly write: number
}

/** Throws `InvalidOptionError`. */
export function resolveTimeouts(given: TcpTimeouts = {}): ResolvedTimeouts {
  refuseUnknown('timeouts', given, ['read', 'write'])
  return { read: resolveTimeout('read', given.read), write: resolveTimeout('write', given.write) }
}

function resolveTimeout(name: string, ms: number = Number.POSITIVE_INFINITY): number {
  if (typeof ms === 'number' && (ms === Number.POSITIVE_INFINITY || (ms > 0 && ms <= LONGEST))) return ms
  throw new InvalidOptionError(
    `timeouts.${name}`,
    ms,
    `a number of ms above 0 and at most ${LONGEST}; Infinity switches it off`,
  )
}

/** What Node's timers take. */
const LONGEST = 2 ** 31 - 1
