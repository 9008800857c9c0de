import { InvalidOptionError } from '@millpond/core'
import { describe, expect, it } from 'vitest'
import { readToxic } from './read-toxic.js'
import type { Toxic } from './toxic.js'

const refusal = (toxic: unknown): unknown => {
  try {
    return readToxic(toxic as Toxic)
  } catch (error) {
    return error
  }
}

describe('a toxic', () => {
  it.each<[string, unknown, unknown]>([
    ['toxic', undefined, undefined],
    ['type', {}, undefined],
    ['type', { type: 'resetPeer' }, 'resetPeer'],
    ['type', { type: 'toString' }, 'toString'],
    ['name', { type: 'down', name: '' }, ''],
    ['stream', { type: 'timeout', timeout: 0, stream: 'up' }, 'up'],
    ['toxicity', { type: 'timeout', timeout: 0, toxicity: 1.1 }, 1.1],
    ['toxicity', { type: 'timeout', timeout: 0, toxicity: Number.NaN }, Number.NaN],
    ['latency', { type: 'latency' }, undefined],
    ['latency', { type: 'latency', latency: -1 }, -1],
    ['latency', { type: 'latency', latency: 2 ** 31 }, 2 ** 31],
    ['jitter', { type: 'latency', latency: 1, jitter: '1' }, '1'],
    ['rate', { type: 'bandwidth', rate: 0 }, 0],
    ['rate', { type: 'bandwidth', rate: Number.POSITIVE_INFINITY }, Number.POSITIVE_INFINITY],
    ['averageSize', { type: 'slicer', averageSize: 0 }, 0],
    ['averageSize', { type: 'slicer', averageSize: 1.5 }, 1.5],
    ['sizeVariation', { type: 'slicer', averageSize: 4, sizeVariation: 4 }, 4],
    ['delay', { type: 'slicer', averageSize: 4, delay: -1 }, -1],
    ['timeout', { type: 'timeout' }, undefined],
    ['timeout', { type: 'reset_peer', timeout: Number.NaN }, Number.NaN],
    ['delay', { type: 'slow_close' }, undefined],
    ['bytes', { type: 'limit_data', bytes: -1 }, -1],
    ['rate', { type: 'latency', latency: 1, rate: 5 }, 5],
    ['average_size', { type: 'slicer', average_size: 5 }, 5],
    ['stream', { type: 'down', stream: 'upstream' }, 'upstream'],
    ['toxicity', { type: 'down', toxicity: 0.5 }, 0.5],
  ])('whose %s is bad is refused by that name and its value: %o', (option, toxic, value) => {
    const error = refusal(toxic)
    expect(error).toBeInstanceOf(InvalidOptionError)
    expect(error).toMatchObject({ option, value })
  })

  it.each<[Toxic, object]>([
    [
      { type: 'latency', latency: 0 },
      { name: 'latency_downstream', stream: 'downstream', toxicity: 1, jitter: 0 },
    ],
    [
      { type: 'bandwidth', rate: 0.5, stream: 'upstream' },
      { name: 'bandwidth_upstream', rate: 0.5 },
    ],
    [
      { type: 'slicer', averageSize: 1 },
      { sizeVariation: 0, delay: 0 },
    ],
    [
      { type: 'timeout', timeout: 0, toxicity: 0 },
      { timeout: 0, toxicity: 0 },
    ],
    [{ type: 'reset_peer' }, { name: 'reset_peer_downstream', timeout: 0 }],
    [
      { type: 'slow_close', delay: 5, name: 'late' },
      { name: 'late', delay: 5 },
    ],
    [{ type: 'limit_data', bytes: 0 }, { bytes: 0 }],
  ])('is completed with its defaults: %o', (toxic, complete) => {
    expect(readToxic(toxic)).toMatchObject({ ...toxic, ...complete })
  })

  it('that takes the server down has a name and nothing else', () => {
    expect(readToxic({ type: 'down' })).toEqual({ type: 'down', name: 'down' })
  })
})
