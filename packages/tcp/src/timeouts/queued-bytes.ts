import type net from 'node:net'

/**
 * What the kernel has not taken yet of the write that Node has handed it, one at a time: it only goes down until the
 * next. `writableLength` counts a chunk until all of it is taken, so a large one on a slow line would look like a stall;
 * the handle knows, and Node's own socket timeout asks it too. With TLS it is the handle below, since the one above
 * counts until all is taken as well. Without these private properties it is always 0, and progress is seen by chunks.
 */
export function queuedBytes(socket: net.Socket): number {
  const handle = property(socket, '_handle')
  const queued = property(property(handle, '_parent') ?? handle, 'writeQueueSize')
  return typeof queued === 'number' ? queued : 0
}

function property(holder: unknown, name: string): unknown {
  return typeof holder === 'object' && holder !== null ? Reflect.get(holder, name) : undefined
}
