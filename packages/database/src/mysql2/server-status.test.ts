import { describe, expect, it } from 'vitest'
import type { Command, Packet } from './mysql2-internals.js'
import { AUTOCOMMIT, errnoOf, IN_TRANSACTION, statusAfter, UNKNOWN } from './server-status.js'

const before = AUTOCOMMIT

/** A packet as the server sends it, with its header, somewhere in what has been received. */
function packet(...payload: number[]): Packet {
  const received = [9, 9, 9, payload.length & 0xff, payload.length >> 8, 0, 1, ...payload]
  return { buffer: Buffer.from(received), start: 3, offset: 7, end: received.length }
}

function command(state: 'resultsetHeader' | 'row' | 'prepareHeader'): Command {
  const states = { resultsetHeader() {}, row() {}, prepareHeader() {} }
  return { ...states, next: states[state] } as unknown as Command
}

describe('the status that a packet tells of', () => {
  it('is that of an OK, however long the numbers before it are', () => {
    const ok = [0x00, 0, 0, IN_TRANSACTION, 0x40, 0, 0]
    expect(statusAfter(packet(...ok), command('resultsetHeader'), before)).toBe(0x4001)
    const long = [0x00, 0xfc, 1, 2, 0xfe, 1, 2, 3, 4, 5, 6, 7, 8, AUTOCOMMIT, 0, 0, 0]
    expect(statusAfter(packet(...long), command('resultsetHeader'), before)).toBe(AUTOCOMMIT)
    const medium = [0x00, 0xfd, 1, 2, 3, 0, IN_TRANSACTION, 0, 0, 0]
    expect(statusAfter(packet(...medium), command('resultsetHeader'), before)).toBe(IN_TRANSACTION)
  })

  it('is that of an EOF', () => {
    expect(statusAfter(packet(0xfe, 0, 0, 3, 0), command('row'), before)).toBe(IN_TRANSACTION | AUTOCOMMIT)
  })

  it('is unknown after an error, and after an OK that is cut short', () => {
    const error = packet(0xff, 0x1b, 0x04, 35, 72, 89, 48, 48, 48)
    expect([statusAfter(error, command('resultsetHeader'), before), errnoOf(error)]).toEqual([UNKNOWN, 1051])
    expect(statusAfter(packet(0x00, 0, 0), command('resultsetHeader'), before)).toBe(UNKNOWN)
    expect(errnoOf(packet(0x00, 0, 0))).toBe(0)
  })

  it('stays as it was with rows, headers of statements and of results, and requests for another login', () => {
    const row = packet(0x00, 0, 0, 1, 0, 0, 0)
    expect(statusAfter(row, command('row'), before)).toBe(before)
    expect(statusAfter(row, command('prepareHeader'), before)).toBe(before)
    expect(statusAfter(row, undefined, before)).toBe(before)
    expect(statusAfter(packet(1), command('resultsetHeader'), before)).toBe(before)
    expect(statusAfter(packet(0xfe), command('resultsetHeader'), before)).toBe(before)
    expect(statusAfter(packet(0xfe, ...Buffer.from('mysql_native_password')), undefined, before)).toBe(before)
  })
})
