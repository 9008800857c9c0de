import { Server as HttpServer, IncomingMessage, type ServerResponse } from 'node:http'
import type { Http2Session, ServerHttp2Stream } from 'node:http2'
import { Server as HttpsServer } from 'node:https'
import type net from 'node:net'
import tls from 'node:tls'
import { InvalidOptionError } from '@millpond/core'
import {
  acceptedSocket,
  connectionOf,
  type Guard,
  type GuardOptions,
  type InboundConnection,
  InboundGuard,
  interceptEvents,
  LINGER,
  type ResolvedGuardOptions,
  resolveGuardOptions,
  stopServer,
} from '@millpond/tcp/server'
import { HttpProtocol } from './http-protocol.js'
import { Http2Protocol } from './http2-protocol.js'
import { switchOffTimeouts } from './node-timeouts.js'

type Server = net.Server & { closeAllConnections?: () => void }

/**
 * Puts an `http`, `https` or `http2` server under guard: limits for all and for each client (503), timeouts for
 * headers, requests and bodies (408), keep-alive by idle time, uses and age, and a close that drains. To be called
 * before the server listens. Node's own `keepAliveTimeout`, `headersTimeout` and `requestTimeout` are off meanwhile, and
 * put back when the guard has closed.
 *
 * Throws `InvalidOptionError` for a bad option or another kind of server.
 */
export function guard(server: net.Server, options?: GuardOptions): Guard {
  const isHttp2 = typeof server === 'object' && server !== null && 'updateSettings' in server
  if (!isHttp2 && !(server instanceof HttpServer) && !(server instanceof HttpsServer)) {
    throw new InvalidOptionError(
      'server',
      (server as object | undefined)?.constructor?.name,
      'a server of http, https or http2; for net and tls use @millpond/tcp/server',
    )
  }
  const resolved = resolveGuardOptions(options, { idleTimeout: 75_000, headerTimeout: 60_000 })
  const guarded = new HttpServerGuard(resolved, server instanceof tls.Server, isHttp2)
  const switchOn = switchOffTimeouts(server)
  const stopIntercepting = interceptEvents(server, (event, first, second, third) =>
    guarded.intercept(event, first, second, third),
  )
  guarded.attach({
    stop: (whenClosed) => stopServer(server, whenClosed),
    release: () => {
      stopIntercepting()
      switchOn()
    },
    destroyRest: () => (server as Server).closeAllConnections?.(),
  })
  return guarded
}

class HttpServerGuard extends InboundGuard {
  readonly #isTls: boolean
  readonly #http: HttpProtocol
  readonly #http2: Http2Protocol
  readonly #plain: HttpProtocol | Http2Protocol
  /** Sockets that are to be told in TLS that they are not let in. */
  readonly #refused = new WeakSet<net.Socket>()
  /** The connection that Node is making a session of. */
  #starting: InboundConnection | undefined

  constructor(options: ResolvedGuardOptions, isTls: boolean, isHttp2: boolean) {
    super(options)
    this.#isTls = isTls
    this.#http = new HttpProtocol(this.held)
    this.#http2 = new Http2Protocol(this.held)
    this.#plain = isHttp2 ? this.#http2 : this.#http
  }

  /** Sees the server's events before its listeners. True: they do not hear of it. */
  intercept(event: string, first: unknown, second: unknown, third: unknown): boolean {
    switch (event) {
      case 'request':
      case 'checkContinue':
      case 'checkExpectation':
        // Those of HTTP/2 came as a stream before.
        return first instanceof IncomingMessage && this.#request(first, second as ServerResponse)
      case 'stream':
        return this.#http2.stream(first as ServerHttp2Stream, third as number)
      case 'connection':
        return this.#accept(first as net.Socket)
      case 'secureConnection':
        return this.#secured(first as tls.TLSSocket)
      case 'tlsClientError':
        this.#failed(first, second as net.Socket)
        return false
      case 'session':
        this.#started(first as Http2Session)
        return false
      case 'upgrade':
      case 'connect':
        this.#tunnel(first)
        return false
      default:
        return false
    }
  }

  #request(request: IncomingMessage, response: ServerResponse): boolean {
    const connection = this.#ours(request.socket)
    return connection !== undefined && this.#http.request(connection, request, response)
  }

  #accept(socket: net.Socket): boolean {
    const { client, refused } = this.admit(socket)
    if (refused === undefined) {
      this.#letIn(socket, client)
      return false
    }
    if (!this.#isTls) {
      this.#plain.refuse(socket)
      return true
    }
    // Nobody understands a refusal before the handshake; one that takes long, or comes with too many others, gets none.
    if (!this.held.lastWords.give(socket, 2 * LINGER)) return true
    this.#refused.add(socket)
    return false
  }

  #letIn(socket: net.Socket, client: string | undefined): void {
    const connection = this.held.accept(socket, this.#plain, client)
    this.#starting = connection
    if (this.#isTls) this.held.awaitHandshake(connection)
    else this.held.opened(connection)
  }

  #secured(socket: tls.TLSSocket): boolean {
    const accepted = acceptedSocket(socket)
    const protocol = socket.alpnProtocol === 'h2' ? this.#http2 : this.#http
    if (this.#refused.has(accepted)) {
      protocol.refuse(socket)
      return true
    }
    const connection = this.#ours(accepted)
    if (connection === undefined) return false
    connection.protocol = protocol
    this.#starting = connection
    this.held.opened(connection, socket)
    return false
  }

  #failed(error: unknown, socket: net.Socket): void {
    const connection = this.#ours(acceptedSocket(socket))
    if (connection !== undefined) this.held.openFailed(connection, error)
  }

  #started(session: Http2Session): void {
    if (this.#starting?.protocol === this.#http2 && this.#starting.attachment !== undefined) {
      this.#http2.started(this.#starting, session)
    }
    this.#starting = undefined
  }

  #tunnel(request: unknown): void {
    const connection = request instanceof IncomingMessage ? this.#ours(request.socket) : undefined
    if (connection !== undefined) this.#http.tunnel(connection)
  }

  #ours(socket: net.Socket): InboundConnection | undefined {
    const connection = connectionOf(socket)
    return connection?.owner === this.held ? connection : undefined
  }
}
