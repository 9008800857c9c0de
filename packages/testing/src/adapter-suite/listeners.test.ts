import { EventEmitter } from 'node:events'
import { describe, expect, it } from 'vitest'
import { emittersOf, listenersOf } from './listeners.js'

describe('the listeners of a resource', () => {
  it('are those on itself', () => {
    const resource = new EventEmitter().on('close', () => {}).on('close', () => {})
    expect(listenersOf(resource)).toEqual(['close: 2'])
  })

  it('are those on the emitters that it has as properties', () => {
    const resource = { socket: new EventEmitter().on('error', () => {}), name: 'a' }
    expect(listenersOf(resource)).toEqual(['socket error: 1'])
  })

  it.each([undefined, null, 7, 'text', {}, { on() {} }])('are unknown of %s', (resource) => {
    expect(emittersOf(resource)).toEqual([])
  })
})
