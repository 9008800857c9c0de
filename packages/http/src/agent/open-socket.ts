import type net from 'node:net'
import tls from 'node:tls'

/** `agent.createConnection`: gives a socket, or calls back with one. */
export type CreateSocket = (done: (error: Error | null, socket?: net.Socket) => void) => net.Socket | null | undefined

/**
 * Resolves with a socket on which a request can be written: connected, and with TLS, after the handshake. Rejects with
 * Node's own error, or with the signal's reason when that aborts first; what comes later is destroyed.
 */
export function openSocket(create: CreateSocket, signal: AbortSignal): Promise<net.Socket> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted()
    let socket: net.Socket | undefined
    let settled = false

    const settle = () => {
      settled = true
      signal.removeEventListener('abort', onAbort)
      socket?.off('error', fail).off('close', onClose).off('connect', onReady).off('secureConnect', onReady)
    }
    const fail = (error: unknown) => {
      settle()
      socket?.on('error', ignore).destroy()
      reject(error)
    }
    const onAbort = () => fail(signal.reason)
    const onClose = () =>
      fail(Object.assign(new Error('The socket closed before it was connected'), { code: 'ECONNRESET' }))
    const onReady = () => {
      settle()
      resolve(socket as net.Socket)
    }
    const onCreated = (error: Error | null, created?: net.Socket) => {
      if (settled || socket !== undefined) {
        if (created !== socket) created?.on('error', ignore).destroy()
        return
      }
      if (error || !created) {
        fail(error ?? new TypeError('createConnection gave no socket'))
        return
      }
      socket = created
      const event = eventWhenReady(created)
      if (event === undefined) onReady()
      else created.on(event, onReady).on('error', fail).on('close', onClose)
    }

    signal.addEventListener('abort', onAbort, { once: true })
    try {
      const created = create(onCreated)
      if (created) onCreated(null, created)
    } catch (error) {
      fail(error)
    }
  })
}

function eventWhenReady(socket: net.Socket): 'connect' | 'secureConnect' | undefined {
  if (socket instanceof tls.TLSSocket)
    return (socket as { secureConnecting?: boolean }).secureConnecting ? 'secureConnect' : undefined
  return socket.connecting ? 'connect' : undefined
}

function ignore(): void {}
