import type { Adapter, CloseContext, CloseReason, OpenContext, WatchSignals } from '../src/adapter/adapter.js'

/** A resource of the test adapter, as the far end sees it. */
export class TestResource {
  readonly id: number
  open = true
  usable = true
  closes = 0
  destroys = 0
  signals: WatchSignals | undefined = undefined
  keepAlive: boolean | undefined

  constructor(id: number) {
    this.id = id
  }

  /** The far end goes away. */
  lose(error?: Error): void {
    this.open = false
    this.usable = false
    this.signals?.lost(error)
  }
}

/** An adapter whose every method can be replaced for a test, with a list of all it opened. */
export interface TestAdapter extends Adapter<TestResource> {
  readonly resources: TestResource[]
  readonly openCount: number
}

export function testAdapter(overrides: Partial<Adapter<TestResource>> = {}): TestAdapter {
  const resources: TestResource[] = []
  return {
    name: 'test',
    resources,
    get openCount() {
      return resources.filter((resource) => resource.open).length
    },
    async open(_context: OpenContext) {
      const resource = new TestResource(resources.length + 1)
      resources.push(resource)
      return resource
    },
    close(resource: TestResource, _context: CloseContext) {
      resource.closes++
      resource.open = false
    },
    destroy(resource: TestResource, _reason: CloseReason) {
      resource.destroys++
      resource.open = false
    },
    watch(resource, signals) {
      resource.signals = signals
      return () => {
        resource.signals = undefined
      }
    },
    ...overrides,
  }
}

/** A promise settled from outside. */
export function deferred<T>(): { promise: Promise<T>; resolve: (value: T) => void; reject: (error: unknown) => void } {
  let resolve: (value: T) => void = () => {}
  let reject: (error: unknown) => void = () => {}
  const promise = new Promise<T>((res, rej) => {
    resolve = res
    reject = rej
  })
  return { promise, resolve, reject }
}
