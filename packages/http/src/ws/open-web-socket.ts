import type http from 'node:http'
import type net from 'node:net'
import type { Clock } from '@millpond/core'
import { WebSocket } from 'ws'
import { WsHandshakeError } from './ws-errors.js'
import type { WsClientOptions, WsHeaders } from './ws-options.js'
import type { WsTarget } from './ws-target.js'

/** What an upgrade is made with. */
export interface Handshake {
  readonly protocols: readonly string[]
  readonly headers: WsHeaders
  readonly client: WsClientOptions
  /** ms. */
  readonly timeout: number
  readonly clock: Clock
}

/**
 * Resolves with a WebSocket on a connected socket. It is paused, so that what the peer says first is there for whoever
 * gets it: `resume()` is due.
 *
 * Rejects with `WsHandshakeError`, or with the signal's reason when that aborts first; the socket is destroyed then.
 */
export function openWebSocket(
  target: WsTarget,
  socket: net.Socket,
  { protocols, headers, client, timeout, clock }: Handshake,
  signal: AbortSignal,
): Promise<WebSocket> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted()
    const options = { ...client, headers: { ...headers }, createConnection: () => socket, followRedirects: false }
    const webSocket = make(() => new WebSocket(target.url, [...protocols], options as never), socket)
    const timer =
      timeout === Number.POSITIVE_INFINITY
        ? undefined
        : clock.setTimeout(() => failed(`no answer to the upgrade within ${timeout} ms`), timeout)
    const settle = () => {
      if (timer !== undefined) clock.clearTimeout(timer)
      signal.removeEventListener('abort', onAbort)
      webSocket.off('open', onOpen).off('error', onError).off('close', onClose).off('unexpected-response', onResponse)
    }
    const fail = (error: unknown) => {
      settle()
      webSocket.terminate()
      socket.destroy()
      reject(error)
    }
    const failed = (detail: string, status?: number, cause?: Error) =>
      fail(new WsHandshakeError(target.address, detail, status, cause))
    const onOpen = () => {
      settle()
      webSocket.pause()
      resolve(webSocket)
    }
    const onResponse = (_request: http.ClientRequest, { statusCode, statusMessage }: http.IncomingMessage) =>
      failed(`it answered ${statusCode} ${statusMessage}`, statusCode)
    const onError = (error: Error) => failed(error.message, undefined, error)
    const onClose = () => failed('it closed the connection')
    const onAbort = () => fail(signal.reason)

    // Never taken off again: one that fails after its end must not take the process with it.
    webSocket.on('error', ignore)
    webSocket.on('open', onOpen).on('error', onError).on('close', onClose).on('unexpected-response', onResponse)
    signal.addEventListener('abort', onAbort, { once: true })
  })
}

/** A header that Node will not have throws at once. */
function make(begin: () => WebSocket, socket: net.Socket): WebSocket {
  try {
    return begin()
  } catch (error) {
    socket.destroy()
    throw error
  }
}

function ignore(): void {}
