import net from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import tls from 'node:tls'
import { virtualClock } from '@millpond/testing'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { ended, Guarded } from './guarded.js'
import { WatchedInvariants } from './watch-invariants.js'

const options = fc.record({
  max: fc.constantFrom(1, 3, Number.POSITIVE_INFINITY),
  evictIdle: fc.boolean(),
  perClient: fc.record({ max: fc.constantFrom(1, 2, Number.POSITIVE_INFINITY) }),
  idle: fc.record({ timeout: fc.constantFrom(1_500, 10_000, Number.POSITIVE_INFINITY) }),
  header: fc.record({ timeout: fc.constantFrom(800, Number.POSITIVE_INFINITY) }),
  handshake: fc.record({ timeout: fc.constantFrom(500, 10_000) }),
  lifetime: fc.record({
    maxUses: fc.constantFrom(1, 3, Number.POSITIVE_INFINITY),
    maxAge: fc.constantFrom(3_000, Number.POSITIVE_INFINITY),
  }),
})

const action = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('connect' as const), of: fc.nat(3) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('write' as const), of: fc.nat(9) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('request' as const), of: fc.nat(9) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('respond' as const), of: fc.nat(9) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('end' as const), of: fc.nat(9) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('reset' as const), of: fc.nat(9) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('flush' as const), of: fc.nat(9) }) },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('advance' as const), of: fc.constantFrom(10, 600, 1_100, 4_000) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('settle' as const), of: fc.nat(1) }) },
)

it.each([false, true])(
  'whatever peers and application do (TLS: %s), invariants 1, 2, 7, 10 and 11 hold',
  { timeout: 120_000 },
  async (secure) => {
    const steps = new Set<string>()
    await fc.assert(
      fc.asyncProperty(
        options,
        fc.array(action, { maxLength: 30, size: 'max' }),
        fc.boolean(),
        async (given, actions, patient) => {
          const clock = virtualClock(0, { realTimers: 'allow' })
          const guarded = await Guarded.start({ ...given, clock }, { secure })
          const watched = new WatchedInvariants(guarded.guard, given.max)
          const pending: (() => void)[] = []
          const pick = <T>(list: readonly T[], of: number) => list[of % Math.max(1, list.length)]
          for (const { do: what, of } of actions) {
            const client = pick(guarded.clients, of)
            const accepted = pick(guarded.accepted, of)
            if (what === 'connect') {
              // A TLS server also meets peers that never speak, and such as speak something else.
              const isPlain = !secure || of < 2
              const opening = isPlain
                ? net.connect(guarded.port, '127.0.0.1')
                : tls.connect({ port: guarded.port, host: '127.0.0.1', rejectUnauthorized: false })
              opening.on('error', () => {}).resume()
              guarded.clients.push(opening)
              await new Promise<void>((resolve) => opening.on('connect', resolve).on('close', () => resolve()))
            } else if (what === 'write') client?.write('hello')
            else if (what === 'request' && accepted !== undefined) pending.push(guarded.guard.request(accepted))
            else if (what === 'respond') pending.splice(of % Math.max(1, pending.length), 1)[0]?.()
            else if (what === 'end') client?.end()
            else if (what === 'reset') client?.destroy()
            else if (what === 'flush') guarded.guard.flush()
            else if (what === 'advance') await clock.advance(of)
            else if (what === 'settle') await sleep(2)
            watched.check()
          }
          const closing = guarded.guard.close({ timeout: 5_000 })
          if (patient) for (const respond of pending) respond()
          await sleep(1)
          await clock.advance(5_000)
          await closing
          watched.checkClosed()
          for (const step of watched.steps) steps.add(step)
          const held = await new Promise((resolve) => guarded.server.getConnections((_, count) => resolve(count)))
          await Promise.all(guarded.clients.map((client) => ended(client)))
          expect({ violations: watched.violations, held, timers: clock.pending }).toEqual({
            violations: [],
            held: 0,
            timers: 0,
          })
        },
      ),
      { numRuns: 200, seed: 1 },
    )
    // Else the programs would have proved less than they say.
    for (const step of [
      'connecting opened',
      'connected.leased rest',
      'connected.leased retire',
      'connected.leaving released',
      'idle.ready lease',
      'idle.ready retire',
      'idle.ready lost',
      ...(secure ? ['connecting openFailed'] : ['idle.ready destroy']),
      'closing.graceful closeSettled',
    ]) {
      expect(steps).toContain(step)
    }
  },
)
