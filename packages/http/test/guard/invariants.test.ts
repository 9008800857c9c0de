import net from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { virtualClock } from '@millpond/testing'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { WatchedInvariants } from '../../../tcp/test/guard/watch-invariants.js'
import { GuardedHttp } from './guarded-http.js'

const options = fc.record({
  max: fc.constantFrom(1, 3, Number.POSITIVE_INFINITY),
  evictIdle: fc.boolean(),
  perClient: fc.record({ max: fc.constantFrom(1, 2, Number.POSITIVE_INFINITY) }),
  idle: fc.record({ timeout: fc.constantFrom(1_000, 10_000, Number.POSITIVE_INFINITY) }),
  header: fc.record({ timeout: fc.constantFrom(800, 5_000) }),
  request: fc.record({
    timeout: fc.constantFrom(1_500, Number.POSITIVE_INFINITY),
    progress: fc.constantFrom(700, Number.POSITIVE_INFINITY),
    minRate: fc.constantFrom(0, 5),
    grace: fc.constantFrom(0, 400),
  }),
  lifetime: fc.record({
    maxUses: fc.constantFrom(1, 3, Number.POSITIVE_INFINITY),
    maxAge: fc.constantFrom(3_000, Number.POSITIVE_INFINITY),
  }),
})

const host = 'Host: localhost\r\n'
/** What peers send: whole requests, several at once, parts of some, and what is no request. */
const texts = [
  `GET /now HTTP/1.1\r\n${host}\r\n`,
  `GET /held HTTP/1.1\r\n${host}\r\n`,
  `GET /now HTTP/1.1\r\n${host}\r\n`.repeat(3),
  `GET /held HTTP/1.1\r\n${host}\r\nGET /now HTTP/1.1\r\n${host}\r\nGET /now HT`,
  `GET /now HTTP/1.1\r\n${host}Connection: close\r\n\r\n`,
  'GET /now HTTP/1.0\r\n\r\n',
  'GET /now HTTP/1.1\r\n',
  'Host: localhost\r\n',
  '\r\n',
  `POST /body HTTP/1.1\r\n${host}Content-Length: 5\r\n\r\nhello`,
  `POST /body HTTP/1.1\r\n${host}Content-Length: 5\r\n\r\nhe`,
  `POST /now HTTP/1.1\r\n${host}Content-Length: 5\r\n\r\nhe`,
  `POST /body HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n`,
  'llo',
  '0\r\n\r\n',
  `POST /body HTTP/1.1\r\n${host}Expect: 100-continue\r\nContent-Length: 2\r\n\r\n`,
  `GET /up HTTP/1.1\r\n${host}Connection: Upgrade\r\nUpgrade: echo\r\n\r\n`,
  'no request at all\r\n\r\n',
]

const step = <T extends string>(name: T, of = 99) => fc.record({ do: fc.constant(name), of: fc.nat(of) })
const action = fc.oneof(
  { weight: 3, arbitrary: step('connect') },
  {
    weight: 8,
    arbitrary: fc.record({ do: fc.constant('send' as const), of: fc.nat(99), text: fc.constantFrom(...texts) }),
  },
  { weight: 3, arbitrary: step('respond') },
  { weight: 1, arbitrary: step('write') },
  { weight: 1, arbitrary: step('abort') },
  { weight: 1, arbitrary: step('end') },
  { weight: 1, arbitrary: step('reset') },
  { weight: 1, arbitrary: step('flush') },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('advance' as const), of: fc.constantFrom(10, 450, 900, 3_000) }),
  },
  { weight: 3, arbitrary: step('settle') },
)

it('whatever clients and handlers do, invariants 1, 2, 7, 10 and 11 hold', {
  timeout: 120_000,
}, async () => {
  const steps = new Set<string>()
  await fc.assert(
    fc.asyncProperty(
      options,
      fc.array(action, { maxLength: 40, size: 'max' }),
      fc.boolean(),
      async (given, actions, patient) => {
        const clock = virtualClock(0, { realTimers: 'allow' })
        const held: import('node:http').ServerResponse[] = []
        const guarded = await GuardedHttp.start({ ...given, clock }, (request, response) => {
          request.on('error', () => {})
          response.on('error', () => {})
          if (request.url === '/now') response.end('hello')
          else if (request.url === '/body') request.resume().on('end', () => response.end('hello'))
          else held.push(response)
        })
        guarded.server.on('upgrade', (_request, socket) => socket.on('error', () => {}).resume())
        const watched = new WatchedInvariants(guarded.guard, given.max)
        const pick = <T>(list: readonly T[], of: number) => list[of % Math.max(1, list.length)]
        for (const program of actions) {
          const socket = pick(guarded.sockets, program.of)
          const response = pick(held, program.of)
          if (program.do === 'connect') {
            const opening = net.connect(guarded.port, '127.0.0.1').on('error', () => {})
            guarded.sockets.push(opening.resume())
            await new Promise<void>((resolve) => opening.on('connect', resolve).on('close', () => resolve()))
          } else if (program.do === 'send') socket?.write(program.text)
          else if (program.do === 'respond') response?.end('hello')
          else if (program.do === 'write') response?.write('he')
          else if (program.do === 'abort') response?.destroy()
          else if (program.do === 'end') socket?.end()
          else if (program.do === 'reset') socket?.destroy()
          else if (program.do === 'flush') guarded.guard.flush()
          else if (program.do === 'advance') await clock.advance(program.of)
          else await sleep(2)
          watched.check()
        }
        const closing = guarded.guard.close({ timeout: 5_000 })
        if (patient) for (const response of held) response.end('hello')
        await sleep(1)
        await clock.advance(5_000)
        await closing
        watched.checkClosed()
        for (const step of watched.steps) steps.add(step)
        const open = await new Promise((resolve) => guarded.server.getConnections((_, count) => resolve(count)))
        for (const socket of guarded.sockets) socket.destroy()
        expect({ violations: watched.violations, open, timers: clock.pending }).toEqual({
          violations: [],
          open: 0,
          timers: 0,
        })
      },
    ),
    { numRuns: 300, seed: 1 },
  )
  // Else the programs would have proved less than they say.
  for (const step of [
    'connecting opened',
    'connected.leased rest',
    'connected.leased retire',
    'connected.leased destroy',
    'connected.leased lost',
    'connected.leaving released',
    'idle.ready lease',
    'idle.ready retire',
    'idle.ready lost',
    'idle.ready destroy',
    'closing.graceful closeSettled',
  ]) {
    expect(steps).toContain(step)
  }
})
