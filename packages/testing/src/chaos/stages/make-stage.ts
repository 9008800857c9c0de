import type { Clock } from '@millpond/core'
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64'
import { uniformInt } from 'pure-rand/distribution/uniformInt'
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator'
import type { CompleteStreamToxic } from '../toxic.js'
import { BandwidthStage } from './bandwidth-stage.js'
import { BlackholeStage } from './blackhole-stage.js'
import { LatencyStage } from './latency-stage.js'
import { LimitDataStage } from './limit-data-stage.js'
import { ResetPeerStage } from './reset-peer-stage.js'
import { SlicerStage } from './slicer-stage.js'
import { SlowCloseStage } from './slow-close-stage.js'
import type { Stage, StageContext } from './stage.js'

/** The toxic at work: one stage for each connection that suffers from it. */
export function makeStage(
  toxic: CompleteStreamToxic,
  context: StageContext,
  clock: Clock,
  random: RandomGenerator,
): Stage {
  switch (toxic.type) {
    case 'latency': {
      const { latency, jitter } = toxic
      const delay = () => Math.max(0, latency + jitter * (2 * uniformFloat64(random) - 1))
      return new LatencyStage(clock, context, delay)
    }
    case 'bandwidth':
      return new BandwidthStage(clock, context, toxic.rate)
    case 'slicer': {
      const { averageSize, sizeVariation, delay } = toxic
      const size = () => averageSize + uniformInt(random, -sizeVariation, sizeVariation)
      return new SlicerStage(clock, context, size, delay)
    }
    case 'timeout':
      return new BlackholeStage(clock, context, toxic.timeout)
    case 'reset_peer':
      return new ResetPeerStage(clock, context, toxic.timeout)
    case 'slow_close':
      return new SlowCloseStage(clock, context, toxic.delay)
    case 'limit_data':
      return new LimitDataStage(context, toxic.bytes)
  }
}
