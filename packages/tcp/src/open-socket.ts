import net from 'node:net'
import tls from 'node:tls'
import type { NamedOpen, NameFollower } from './dns/name-follower.js'
import { TcpConnectError, type TcpConnectPhase } from './tcp-errors.js'
import type { ResolvedTcpOptions } from './tcp-options.js'
import type { TlsProfile } from './tls-profile.js'

/**
 * Resolves with a connected socket; with TLS, once the handshake is done and the peer verified.
 *
 * Rejects with `TcpConnectError`, or with the signal's reason when that aborts first. A rejected open leaves no
 * socket and no listener on the signal. `names` knows the addresses of the target's name, where they are remembered.
 */
export function openSocket(
  options: ResolvedTcpOptions,
  signal: AbortSignal,
  names?: NameFollower,
): Promise<net.Socket> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted()
    const profile = options.tls?.()
    const named = names?.open()
    const session = profile?.session
    const socket = connect(options, profile, named)
    const ready = profile ? 'secureConnect' : 'connect'
    let phase: TcpConnectPhase = isName(options) ? 'lookup' : 'connect'
    if (profile) keepSessions(socket, profile)

    const settle = () => {
      signal.removeEventListener('abort', onAbort)
      socket
        .off('lookup', onLookup)
        .off('connectionAttemptFailed', onSuspect)
        .off('connectionAttemptTimeout', onSuspect)
      socket.off('connect', onConnect).off(ready, onReady).off('error', onFailure).off('close', onFailure)
    }
    const fail = (error: unknown) => {
      settle()
      socket.destroy()
      reject(error)
    }
    const onLookup = (error: Error | null) => {
      if (!error) phase = 'connect'
    }
    const onSuspect = (address: string) => named?.suspect(address)
    const onConnect = () => {
      phase = 'handshake'
      if (options.noDelay) socket.setNoDelay(true)
      if (options.keepAliveDelay !== undefined) socket.setKeepAlive(true, options.keepAliveDelay)
    }
    const onReady = () => {
      settle()
      named?.settle(socket.remoteAddress === undefined ? {} : { connected: socket.remoteAddress })
      resolve(socket)
    }
    const onFailure = (error?: unknown) => {
      // 'close' carries a boolean
      const cause = error instanceof Error ? error : undefined
      named?.settle({ failed: phase === 'connect' })
      // It may be the session that the peer cannot take.
      if (profile && phase === 'handshake' && profile.session === session) profile.session = undefined
      fail(new TcpConnectError(options.address, phase, cause))
    }
    const onAbort = () => {
      named?.settle({})
      fail(signal.reason)
    }

    // Never taken off again: a socket that fails after its end must not take the process with it.
    socket.on('error', ignore)
    socket.on('lookup', onLookup).on('connectionAttemptFailed', onSuspect).on('connectionAttemptTimeout', onSuspect)
    socket.on('connect', onConnect).on(ready, onReady).on('error', onFailure).on('close', onFailure)
    signal.addEventListener('abort', onAbort, { once: true })
  })
}

function connect(
  options: ResolvedTcpOptions,
  profile: TlsProfile | undefined,
  named: NamedOpen | undefined,
): net.Socket {
  const how = {
    ...options.transport,
    // Happy Eyeballs, whatever the process's defaults are.
    autoSelectFamily: options.autoSelectFamily,
    autoSelectFamilyAttemptTimeout: options.attemptTimeout,
    ...(named && { lookup: named.lookup }),
  }
  if (!profile) return net.connect(how)
  return tls.connect({ ...profile.options, ...how, ...(profile.session && { session: profile.session }) })
}

/**
 * With TLS 1.3 sessions come after the handshake, at any time, so the listener stays. Node tells of none before it has
 * verified the peer: when one is resumed, the names in the certificate are not compared again.
 */
function keepSessions(socket: net.Socket, profile: TlsProfile): void {
  socket.on('session', (session: Buffer) => {
    profile.session = session
  })
}

function isName({ transport }: ResolvedTcpOptions): boolean {
  return 'host' in transport && net.isIP(transport.host) === 0
}

function ignore(): void {}
