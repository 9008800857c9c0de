import { type Channel, channel, type TracingChannel, tracingChannel } from 'node:diagnostics_channel'

/** `tracing:millpond:acquire:*`: an acquire from call to grant or failure. */
export const acquireTrace = tracingChannel('millpond:acquire')

/** `tracing:millpond:connect:*`: the adapter's open. */
export const connectTrace = tracingChannel('millpond:connect')

const transition = channel('millpond:transition')
const hot = [
  transition,
  ...['acquiring', 'acquire', 'release', 'quiet'].map((name) => channel(`millpond:${name}`)),
  ...(['start', 'end', 'asyncStart', 'asyncEnd', 'error'] as const satisfies (keyof TracingChannel)[]).map(
    (step) => acquireTrace[step] as Channel,
  ),
]

let everSubscribed = hot.some((each) => each.hasSubscribers)
for (const each of hot) noticeSubscribers(each)

/** Node does not tell when a channel gets its first subscriber, and to ask ten of them on every acquire costs a sixth of
 * it: so ours notice it themselves. Until then one flag answers for all. */
function noticeSubscribers(observed: Channel): void {
  for (const method of ['subscribe', 'bindStore'] as const) {
    // Another copy of this package may have been here.
    const before: unknown = Object.getOwnPropertyDescriptor(observed, method)?.value
    Object.defineProperty(observed, method, {
      configurable: true,
      value(this: Channel, ...args: unknown[]): unknown {
        everSubscribed = true
        const original = before ?? Object.getPrototypeOf(this)[method]
        return (original as (...args: unknown[]) => unknown).apply(this, args)
      },
    })
  }
}

/** Somebody in the process subscribes to what happens at every acquire or release. */
export function isHotPublished(): boolean {
  return everSubscribed && hot.some((each) => each.hasSubscribers)
}

/** Somebody in the process subscribes to the steps of connections. */
export function isTransitionPublished(): boolean {
  return everSubscribed && transition.hasSubscribers
}

/** Somebody in the process traces acquires. */
export function isAcquireTraced(): boolean {
  return everSubscribed && acquireTrace.hasSubscribers
}
