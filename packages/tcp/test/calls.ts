import { once } from 'node:events'
import type net from 'node:net'
import type { Adapter, CloseContext, OpenContext } from '@millpond/core'

const never = new AbortController().signal

export function openContext(signal: AbortSignal = never): OpenContext {
  return { signal, connectionId: 1, timeout: 10_000, attempt: 1 }
}

export function closeContext(signal: AbortSignal = never): CloseContext {
  return { signal, reason: 'idle' }
}

/** Watches a socket as a pool does; keeps every report. */
export function watch(adapter: Adapter<net.Socket>, socket: net.Socket) {
  const reports: (Error | undefined)[] = []
  let onReport = () => {}
  const first = new Promise<Error | undefined>((resolve) => {
    onReport = () => resolve(reports[0])
  })
  const stop = adapter.watch?.(socket, {
    lost: (error) => {
      reports.push(error)
      onReport()
    },
    retire: () => {},
    capacityChanged: () => {},
  })
  return { reports, lost: () => first, stop: () => stop?.() }
}

/** Resolves with everything the socket has to give, up to `length` bytes; leaves no listener. */
export async function readBytes(socket: net.Socket, length: number): Promise<string> {
  let text = ''
  const onData = (chunk: Buffer) => {
    text += chunk.toString()
    if (text.length >= length) socket.emit('test:enough')
  }
  const enough = once(socket, 'test:enough')
  socket.on('data', onData)
  await enough
  socket.off('data', onData)
  return text
}

/** What is attached to the socket, as `event: count`. */
export function listenersOf(socket: net.Socket): Record<string, number> {
  return Object.fromEntries(socket.eventNames().map((name) => [String(name), socket.listenerCount(name)]))
}

/** Resolves once 'close' was emitted; `once` of node:events would reject on an 'error' before it. */
export function closed(socket: net.Socket): Promise<void> {
  return new Promise((resolve) => {
    if (socket.closed) setImmediate(resolve)
    else socket.on('close', () => resolve())
  })
}
