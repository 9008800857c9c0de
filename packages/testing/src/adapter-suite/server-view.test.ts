import { describe, expect, it } from 'vitest'
import { ServerView } from './server-view.js'

/** A server that keeps what it is told. */
function recorded() {
  const told: string[] = []
  const note =
    (what: string) =>
    (...given: unknown[]) =>
      void told.push([what, ...given].join(' '))
  const view = new ServerView({
    refuse: note('refuse'),
    blackhole: note('blackhole'),
    stop: note('stop'),
    start: note('start'),
  })
  return { told, view }
}

describe("the suite's view of a server", () => {
  it('has it do one thing at a time', async () => {
    const { told, view } = recorded()
    await view.refuse(true)
    await view.blackhole(true)
    await view.stop()
    await view.refuse(true)
    expect(told).toEqual([
      'refuse true',
      'refuse false',
      'blackhole true',
      'blackhole false',
      'stop',
      'start',
      'refuse true',
    ])
  })

  it('undoes what was done to it, once', async () => {
    const { told, view } = recorded()
    await view.blackhole(true)
    expect(view.isWell).toBe(false)
    await view.heal()
    await view.heal()
    expect(view.isWell).toBe(true)
    expect(told).toEqual(['blackhole true', 'blackhole false'])
  })

  it('stops and starts it no more often than it can be', async () => {
    const { told, view } = recorded()
    await view.start()
    await view.stop()
    await view.stop()
    await view.start()
    expect(told).toEqual(['stop', 'start'])
  })

  it.each([
    ['no number', 'many', "server.openCount() gave 'many', not a number of connections"],
    ['a number below 0', -1, 'server.openCount() gave -1, not a number of connections'],
  ])('refuses a count that is %s', async (_what, count, message) => {
    const view = new ServerView({ openCount: () => count as number })
    await expect(view.openCount()).rejects.toThrow(message)
  })

  it('refuses an isOpen that is neither true nor false', async () => {
    const view = new ServerView<unknown>({ isOpen: () => undefined as unknown as boolean })
    await expect(view.isOpen({})).rejects.toThrow('server.isOpen() gave undefined, not true or false')
  })
})
