import fc from 'fast-check'
import { expect, it, vi } from 'vitest'
import { HeldBytes } from './held-bytes.js'

it('gives back what it was given, in order, however it came and is taken', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 20 })), fc.array(fc.nat(30)), (chunks, counts) => {
      const held = new HeldBytes()
      for (const chunk of chunks) held.push(Buffer.from(chunk))
      const all = Buffer.concat(chunks)
      expect(held.length).toBe(all.length)
      let at = 0
      for (const count of counts) {
        const end = at + count
        if (count === 0) continue
        expect(held.peek(count)).toEqual(end > all.length ? undefined : all.subarray(at, end))
        if (end > all.length) continue
        expect(held.take(count)).toEqual(all.subarray(at, end))
        at = end
      }
      expect(held.takeAll()).toEqual(all.subarray(at))
      expect(held.length).toBe(0)
    }),
  )
})

it('finds the first byte of a kind, also after it was looked for in vain and after some were taken', () => {
  fc.assert(
    fc.property(fc.array(fc.array(fc.constantFrom(0, 1), { maxLength: 5 })), (chunks) => {
      const held = new HeldBytes()
      let all: number[] = []
      for (const chunk of chunks) {
        held.push(Buffer.from(chunk))
        all.push(...chunk)
        expect(held.indexOf(1)).toBe(all.indexOf(1))
        const end = all.indexOf(1) + 1
        if (end > 0) {
          expect(held.take(end)).toHaveLength(end)
          all = all.slice(end)
          expect(held.indexOf(1)).toBe(all.indexOf(1))
        }
      }
    }),
  )
})

it('copies nothing of what came in one piece', () => {
  const held = new HeldBytes()
  const chunk = Buffer.from('one\ntwo\n')
  held.push(chunk)
  expect(held.take(4).buffer).toBe(chunk.buffer)
  expect(held.takeAll().buffer).toBe(chunk.buffer)
})

it('looks at a byte once, however many pieces a frame comes in', () => {
  const held = new HeldBytes()
  const looks = Array.from({ length: 100 }, () => {
    const chunk = Buffer.alloc(10)
    const look = vi.spyOn(chunk, 'indexOf')
    held.push(chunk)
    held.indexOf(1)
    return look
  })
  for (const look of looks) expect(look).toHaveBeenCalledTimes(1)
})
