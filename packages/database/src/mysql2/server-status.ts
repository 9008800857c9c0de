import type { Command, Packet } from './mysql2-internals.js'

/** Flags that the server sends with each OK and EOF. (MySQL, Client/Server Protocol, `SERVER_STATUS_flags_enum`) */
export const IN_TRANSACTION = 1
export const AUTOCOMMIT = 2
export const SESSION_CHANGED = 0x4000

/** An error carries no flags: a procedure that fails may have begun a transaction. As a number it has all of them. */
export const UNKNOWN = -1

const OK = 0x00
const EOF = 0xfe
const ERROR = 0xff
const HEADER = 4
const EOF_LENGTH = HEADER + 5

/** What this packet says of the session, or `before` when it says nothing. */
export function statusAfter(packet: Packet, command: Command | null | undefined, before: number): number {
  const { buffer, offset } = packet
  const first = buffer[offset]
  if (first === EOF) {
    // Longer ones, and shorter ones, are something else.
    return packet.end - packet.start === EOF_LENGTH ? buffer.readUInt16LE(offset + 3) : before
  }
  if (first === ERROR) return UNKNOWN
  return first === OK && isAnswer(command) ? statusOfOk(packet) : before
}

/** The code of an error packet. */
export function errnoOf({ buffer, offset }: Packet): number {
  return buffer[offset] === ERROR ? buffer.readUInt16LE(offset + 1) : 0
}

/** Rows and the header of a prepared statement may begin with the same byte. */
function isAnswer(command: Command | null | undefined): boolean {
  if (command == null) return false
  const { next, row, prepareHeader } = command as Command & { row?: unknown; prepareHeader?: unknown }
  return next !== row && next !== prepareHeader
}

function statusOfOk({ buffer, offset, end }: Packet): number {
  const affectedRows = offset + 1
  const insertId = affectedRows + lengthOfNumber(buffer, affectedRows)
  const status = insertId + lengthOfNumber(buffer, insertId)
  return status + 2 <= end ? buffer.readUInt16LE(status) : UNKNOWN
}

/** Of a length-encoded integer, in bytes. */
function lengthOfNumber(buffer: Buffer, at: number): number {
  const first = buffer[at] ?? 0
  if (first < 0xfb) return 1
  if (first === 0xfc) return 3
  return first === 0xfd ? 4 : 9
}
