import { spawnSync } from 'node:child_process'
import { afterEach, expect, it } from 'vitest'
import { listed, pin, pinMeasured, pinNote, pinnedWherePossible, pinning } from './pinning.js'

const taskset = (...args: string[]) => spawnSync('taskset', args, { encoding: 'utf8' })
const coresOf = (pid: number | undefined) => taskset('-c', '-p', String(pid)).stdout?.split(': ').at(-1)?.trim()
const before = coresOf(process.pid)
const [, measured] = listed(before ?? '')
const others = listed(before ?? '').filter((core) => core !== measured)

afterEach(() => {
  if (before !== undefined) taskset('-a', '-c', '-p', before, String(process.pid))
})

it('leaves everything where it is until it is asked for', () => {
  pinMeasured(process.pid)
  expect(coresOf(process.pid)).toBe(before)
  expect(pinning()).toBe('no')
})

it('pins for as long as a table takes, where that can be', async () => {
  const seen = await pinnedWherePossible(async () => ({ cores: coresOf(process.pid), note: pinNote() }))
  expect(listed(seen.cores ?? '')).toEqual(others)
  expect(seen.note === '').toBe(measured === undefined)
  expect(coresOf(process.pid)).toBe(before)
  expect([pinning(), pinNote()]).toEqual(['no', ''])
})

it('gives the bench one core and what is measured another, or says what is missing for that', () => {
  if (measured === undefined) {
    expect(pin).toThrow(/needs/)
    return
  }
  pin()
  expect(listed(coresOf(process.pid) ?? '')).toEqual(others)
  expect(pinning()).toMatch(/^yes/)
  pinMeasured(process.pid)
  expect(coresOf(process.pid)).toBe(measured)
})

it('reads a list of cores', () => {
  expect(listed('0,1')).toEqual(['0', '1'])
  expect(listed('3-5,8')).toEqual(['3', '4', '5', '8'])
  expect(listed('7')).toEqual(['7'])
  expect(listed('')).toEqual([])
})
