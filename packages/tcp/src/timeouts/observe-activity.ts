import type net from 'node:net'

/** Who is told when bytes leave and when they arrive. */
export interface ActivityObserver {
  /** Something was handed to the kernel, … */
  written(): void
  /** … which has now taken all of it: before `written` where there was room for it. */
  taken(): void
  received(): void
}

type Done = (error?: Error | null) => void

/**
 * Tells an observer of every write and every read of a socket; returns how to stop.
 *
 * Listeners cannot: one of `data` would start the flow and one of `readable` would stop it under the borrower's hands.
 * The socket's own `setTimeout` is the borrower's, and `bytesRead` and `bytesWritten` do not say which changed last,
 * so whether an answer is awaited. What is left are the three methods through which every byte passes, those that
 * Node documents for implementers of streams.
 */
export function observeActivity(socket: net.Socket, observer: ActivityObserver): () => void {
  const { push, _write, _writev } = socket
  const observed = {
    push(chunk: unknown, encoding?: BufferEncoding) {
      observer.received()
      return push.call(socket, chunk, encoding)
    },
    _write(chunk: unknown, encoding: BufferEncoding, done: Done) {
      _write.call(socket, chunk, encoding, telling(observer, done))
      observer.written()
    },
    ...(_writev && {
      _writev(chunks: Parameters<typeof _writev>[0], done: Done) {
        _writev.call(socket, chunks, telling(observer, done))
        observer.written()
      },
    }),
  }
  const before = Object.entries(observed).map(([name, method]) => ({
    name,
    method,
    own: Object.getOwnPropertyDescriptor(socket, name),
  }))
  Object.assign(socket, observed)
  return () => {
    for (const { name, method, own } of before) {
      // Unless somebody has overlaid it since.
      if (Reflect.get(socket, name) !== method) continue
      if (own) Object.defineProperty(socket, name, own)
      else Reflect.deleteProperty(socket, name)
    }
  }
}

function telling(observer: ActivityObserver, done: Done): Done {
  return (error) => {
    observer.taken()
    done(error)
  }
}
