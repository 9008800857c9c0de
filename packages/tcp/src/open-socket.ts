import net from 'node:net'
import tls from 'node:tls'
import { isLookupError, TcpConnectError, type TcpConnectPhase } from './tcp-errors.js'
import type { ResolvedTcpOptions } from './tcp-options.js'

/**
 * Resolves with a connected socket; with TLS, once the handshake is done and the peer verified.
 *
 * Rejects with `TcpConnectError`, or with the signal's reason when that aborts first. A rejected open leaves no
 * socket and no listener on the signal.
 */
export function openSocket(options: ResolvedTcpOptions, signal: AbortSignal): Promise<net.Socket> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted()
    const socket = options.tls ? tls.connect(options.tls) : net.connect(options.transport)
    const ready = options.tls ? 'secureConnect' : 'connect'
    let phase: TcpConnectPhase = 'connect'

    const settle = () => {
      signal.removeEventListener('abort', onAbort)
      socket.off('connect', onConnect).off(ready, onReady).off('error', onFailure).off('close', onFailure)
    }
    const fail = (error: unknown) => {
      settle()
      socket.destroy()
      reject(error)
    }
    const onConnect = () => {
      phase = 'handshake'
      if (options.noDelay) socket.setNoDelay(true)
      if (options.keepAliveDelay !== undefined) socket.setKeepAlive(true, options.keepAliveDelay)
    }
    const onReady = () => {
      settle()
      resolve(socket)
    }
    const onFailure = (error?: unknown) => {
      // 'close' carries a boolean
      const cause = error instanceof Error ? error : undefined
      fail(new TcpConnectError(options.address, isLookupError(cause) ? 'lookup' : phase, cause))
    }
    const onAbort = () => fail(signal.reason)

    // Never taken off again: a socket that fails after its end must not take the process with it.
    socket.on('error', ignore)
    socket.on('connect', onConnect).on(ready, onReady).on('error', onFailure).on('close', onFailure)
    signal.addEventListener('abort', onAbort, { once: true })
  })
}

function ignore(): void {}
