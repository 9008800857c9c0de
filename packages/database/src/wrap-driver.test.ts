import { EventEmitter } from 'node:events'
import { createPool, type InvalidOptionError } from '@millpond/core'
import { describe, expect, it } from 'vitest'
import { type Done, type Driver, wrapDriver } from './wrap-driver.js'

interface Session {
  readonly id: number
  state: 'open' | 'closed'
}

const open = (): Session => ({ id: 1, state: 'open' })
const end = (session: Session) => {
  session.state = 'closed'
}

/** An `open` with a signal of its own. */
function opening<C>(driver: Driver<C>): { opened: Promise<C>; abort: (reason: Error) => void } {
  const controller = new AbortController()
  const context = { signal: controller.signal, connectionId: 1, timeout: 1_000, attempt: 1 }
  const opened = Promise.resolve(wrapDriver(driver).open(context))
  return { opened, abort: (reason) => controller.abort(reason) }
}

const context = { signal: new AbortController().signal, timeout: 1_000 }

describe('wrapDriver', () => {
  it('takes a driver with promises', async () => {
    const pool = createPool(wrapDriver({ name: 'promises', connect: async () => open(), close: async (s) => end(s) }))
    const session = await pool.use((lent) => lent)
    await pool.close()
    expect(session).toEqual({ id: 1, state: 'closed' })
  })

  it('takes a driver with callbacks', async () => {
    const pool = createPool(
      wrapDriver<Session>({
        name: 'callbacks',
        connect: (_, done) => void setImmediate(done, undefined, open()),
        close: (session, done) => {
          end(session)
          setImmediate(done)
        },
      }),
    )
    const session = await pool.use((lent) => lent)
    await pool.close()
    expect(session).toEqual({ id: 1, state: 'closed' })
  })

  it('takes a driver that answers at once, and is an object of a class', async () => {
    class Plain implements Driver<Session> {
      readonly name = 'plain'
      readonly session = open()
      connect(): Session {
        return this.session
      }
      close(session: Session): void {
        if (session === this.session) end(session)
      }
    }
    const driver = new Plain()
    const { session, ...own } = driver
    const { connect, close } = driver
    const adapter = wrapDriver<Session>({ ...own, connect: connect.bind(driver), close: close.bind(driver) })
    await adapter.close(await adapter.open({ ...context, connectionId: 1, attempt: 1 }), { ...context, reason: 'idle' })
    expect(session.state).toBe('closed')
  })

  it('gives connect the signal and the time it has', async () => {
    let given: unknown
    const { opened } = opening({
      name: 'curious',
      connect: (context) => {
        given = context
        return open()
      },
      close: end,
    })
    await opened
    expect(given).toEqual({ signal: expect.any(AbortSignal), connectionId: 1, timeout: 1_000, attempt: 1 })
  })

  it.each<[string, Driver<Session>['connect']]>([
    ['a rejection', () => Promise.reject(new Error('refused'))],
    ['a callback with an error', (_, done) => done(new Error('refused'))],
    [
      'a throw',
      () => {
        throw new Error('refused')
      },
    ],
  ])('passes on why connect failed: %s', async (_, connect) => {
    await expect(opening({ name: 'refusing', connect, close: end }).opened).rejects.toThrow('refused')
  })

  it('makes an error of a failure without a reason', async () => {
    const { opened } = opening({ name: 'mute', connect: () => Promise.reject(), close: end })
    await expect(opened).rejects.toThrow('connect() of the driver failed and gave no reason')
  })

  it('heeds the first answer of a driver that calls back twice', async () => {
    const connect = (_: unknown, done: Done<Session>) => {
      done(undefined, open())
      done(new Error('too late'))
    }
    expect(await opening({ name: 'stuttering', connect, close: end }).opened).toEqual(open())
  })

  it('rejects an aborted open at once, and closes what comes of it', async () => {
    const session = open()
    let arrive: Done<Session> = () => {}
    const connect = (_: unknown, done: Done<Session>) => {
      arrive = done
    }
    const { opened, abort } = opening({ name: 'late', connect, close: end })
    abort(new Error('given up'))
    await expect(opened).rejects.toThrow('given up')
    arrive(undefined, session)
    expect(session.state).toBe('closed')
  })

  it('destroys what comes late where it can, whatever that throws', async () => {
    let destroyed = 0
    let arrive: (session: Session) => void = () => {}
    const { opened, abort } = opening<Session>({
      name: 'late',
      connect: () =>
        new Promise((resolve) => {
          arrive = resolve
        }),
      close: () => expect.fail('closed'),
      destroy: () => {
        destroyed++
        throw new Error('already gone')
      },
    })
    abort(new Error('given up'))
    await expect(opened).rejects.toThrow('given up')
    arrive(open())
    await new Promise(setImmediate)
    expect(destroyed).toBe(1)
  })

  it('does not connect when it is aborted beforehand', async () => {
    let calls = 0
    const adapter = wrapDriver({ name: 'idle', connect: () => ++calls, close: () => {} })
    const gone = { signal: AbortSignal.abort(new Error('gone')), connectionId: 1, timeout: 1_000, attempt: 1 }
    await expect(adapter.open(gone)).rejects.toThrow('gone')
    expect(calls).toBe(0)
  })

  it('survives the error events of a connection that nobody listens to any more', async () => {
    const adapter = wrapDriver({ name: 'emitting', connect: () => new EventEmitter(), close: () => {} })
    const connection = await adapter.open({ ...context, connectionId: 1, attempt: 1 })
    expect(connection.emit('error', new Error('reset'))).toBe(true)
  })

  it('checks by ping and scrubs by reset, with promises or callbacks', async () => {
    const asked: string[] = []
    const adapter = wrapDriver<Session>({
      name: 'thorough',
      connect: open,
      close: end,
      ping: (_, done) => {
        asked.push('ping')
        done(new Error('dead'))
      },
      reset: async () => {
        asked.push('reset')
      },
    })
    await expect(adapter.check?.(open(), context)).rejects.toThrow('dead')
    await adapter.reset?.(open(), context)
    expect(asked).toEqual(['ping', 'reset'])
  })

  it('gives a ping up when the pool does, and takes the `false` of a close event for no error', async () => {
    const controller = new AbortController()
    const adapter = wrapDriver<Session>({
      name: 'silent',
      connect: open,
      close: (_, done) => done(false),
      ping: (_, done) => void setTimeout(done, 60_000).unref(),
    })
    const checked = adapter.check?.(open(), { signal: controller.signal, timeout: 1_000 })
    controller.abort(new Error('too slow'))
    await expect(checked).rejects.toThrow('too slow')
    await adapter.close(open(), { ...context, reason: 'idle' })
  })

  it('declares no more than the driver can do', () => {
    expect(Object.keys(wrapDriver({ name: 'bare', connect: open, close: end }))).toEqual(['name', 'open', 'close'])
  })

  it('loses a connection when the driver says so, and stops listening when it ends', async () => {
    let lose: (error?: Error) => void = () => {}
    let listening = 0
    const pool = createPool(
      wrapDriver<Session>({
        name: 'watchful',
        connect: open,
        close: end,
        onLost: (_, lost) => {
          lose = lost
          listening++
          return () => listening--
        },
      }),
    )
    await pool.use(() => {})
    expect(listening).toBe(1)
    lose(new Error('reset by peer'))
    lose(new Error('reset again'))
    expect(pool.stats()).toMatchObject({ size: 0, closed: { lost: 1 } })
    expect(listening).toBe(0)
    await pool.close()
  })

  it('says when onLost returns no way to stop listening', async () => {
    const watching = { name: 'deaf', connect: open, close: end, onLost: () => undefined } as unknown as Driver<Session>
    const pool = createPool(wrapDriver(watching))
    const errors: unknown[] = []
    pool.on('error', ({ error }) => errors.push(error))
    await pool.use(() => {})
    await pool.close()
    expect(String(errors)).toContain('Driver "deaf": onLost() must return a function that stops listening')
  })

  it('asks isUsable before a lease, and isFatal after an error', async () => {
    let usable = true
    const pool = createPool(
      wrapDriver<Session>({
        name: 'knowing',
        connect: open,
        close: end,
        isUsable: () => usable,
        isFatal: (error) => (error as Error).message === 'broken',
      }),
    )
    await expect(pool.use(() => Promise.reject(new Error('wrong')))).rejects.toThrow('wrong')
    expect(pool.stats().size).toBe(1)
    await expect(pool.use(() => Promise.reject(new Error('broken')))).rejects.toThrow('broken')
    expect(pool.stats().closed.destroyed).toBe(1)
    await pool.use(() => {})
    usable = false
    expect(pool.tryAcquire()).toBeUndefined()
    expect(pool.stats().closed.lost).toBe(1)
    await pool.close()
  })

  it.each<[string, unknown, string]>([
    ['no object', 'mysql', 'Invalid option driver: '],
    ['no name', { connect: open, close: end }, 'Invalid option driver.name: undefined'],
    ['no connect', { name: 'x', close: end }, 'Invalid option driver.connect: undefined. Allowed: a function'],
    ['a ping that is none', { name: 'x', connect: open, close: end, ping: 'select 1' }, 'Invalid option driver.ping'],
    ['a misspelt option', { name: 'x', connect: open, close: end, onlost: end }, 'Invalid option driver.onlost'],
  ])('refuses a driver with %s, by name', (_, driver, message) => {
    expect(() => wrapDriver(driver as Driver<Session>)).toThrow(message)
  })

  it('shows no value of an option that it does not know', () => {
    const driver = { name: 'x', connect: open, close: end, pasword: 'hunter2' } as unknown as Driver<Session>
    const refuse = () => {
      try {
        wrapDriver(driver)
        return ''
      } catch (error) {
        return `${(error as Error).message} ${JSON.stringify((error as InvalidOptionError).value)}`
      }
    }
    expect(refuse()).toContain('driver.pasword')
    expect(refuse()).not.toContain('hunter2')
  })
})
