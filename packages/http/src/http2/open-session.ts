import http2, { type ClientHttp2Session } from 'node:http2'
import type net from 'node:net'
import { Http2PrefaceError } from './http2-errors.js'

/** What `http2.connect` takes beside what the pool decides. */
export type Http2SessionOptions = Omit<
  http2.ClientSessionOptions,
  'createConnection' | 'protocol' | 'unknownProtocolTimeout'
>

/**
 * Begins HTTP/2 on a connected socket, and resolves once the peer has told its SETTINGS, which it does first of all (RFC
 * 9113, section 3.4): before that nobody knows how many streams it takes, nor whether it speaks HTTP/2 at all.
 *
 * Rejects with `Http2PrefaceError`, or with the signal's reason when that aborts first; the socket is destroyed then.
 */
export function openSession(
  origin: string,
  socket: net.Socket,
  options: Http2SessionOptions,
  signal: AbortSignal,
): Promise<ClientHttp2Session> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted()
    const session = connect(origin, socket, options)
    const settle = () => {
      signal.removeEventListener('abort', onAbort)
      session.off('remoteSettings', onSettings).off('error', onFailure).off('close', onFailure)
    }
    const fail = (error: unknown) => {
      settle()
      session.destroy()
      socket.destroy()
      reject(error)
    }
    const onSettings = () => {
      settle()
      resolve(session)
    }
    const onFailure = (error?: Error) => fail(new Http2PrefaceError(origin, error))
    const onAbort = () => fail(signal.reason)

    // Never taken off again: a session that fails after its end must not take the process with it.
    session.on('error', ignore)
    session.on('remoteSettings', onSettings).on('error', onFailure).on('close', onFailure)
    signal.addEventListener('abort', onAbort, { once: true })
  })
}

/** An option that Node will not have throws at once. */
function connect(origin: string, socket: net.Socket, options: Http2SessionOptions): ClientHttp2Session {
  try {
    return http2.connect(origin, { ...options, createConnection: () => socket })
  } catch (error) {
    socket.destroy()
    throw error
  }
}

function ignore(): void {}
