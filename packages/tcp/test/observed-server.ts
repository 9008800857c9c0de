import { once } from 'node:events'
import net from 'node:net'
import tls from 'node:tls'
import type { ServerTruth } from '@millpond/testing'
import { certificates } from './certificates.js'

/** Where an observed server listens: a port of this machine, chosen anew each time, or a Unix socket. */
export interface Place {
  readonly path?: string
  readonly isTls?: boolean
}

const MARKS = /<\d+>/g

/** ms that a mark may take to reach the server. */
const LIMIT = 1_000

/**
 * A server that recognises its clients' sockets, over TCP, TLS and Unix sockets alike: by a mark that each sends when it
 * is first asked for. Whatever else they send it sends back, and it closes its side when they have closed theirs.
 */
export class ObservedServer implements ServerTruth<net.Socket> {
  readonly #place: Place
  #listener: net.Server | undefined
  #port = 0
  /** As the kernel has them; with TLS, below what the protocol makes of them. */
  readonly #open = new Set<net.Socket>()
  readonly #peers = new WeakMap<net.Socket, net.Socket>()
  readonly #marks = new Map<string, (peer: net.Socket) => void>()
  #marked = 0
  #isRefusing = false
  /** What has connected, and what has closed, while the server was silent. */
  #unheard: (() => void)[] | undefined

  private constructor(place: Place) {
    this.#place = place
  }

  /** Resolves when it listens. */
  static async start(place: Place = {}): Promise<ObservedServer> {
    const server = new ObservedServer(place)
    if (place.path !== undefined) await server.#listen(0)
    while (place.path === undefined && server.#port === 0) {
      // Below the ports that the kernel gives to outgoing connections: a client that connects while the server is down
      // could be given that very port as its own, and be connected to itself.
      const port = 20_000 + Math.floor(Math.random() * 10_000)
      server.#port = await server.#listen(port).then(
        () => port,
        () => 0,
      )
    }
    return server
  }

  get port(): number {
    return this.#port
  }

  openCount(): number {
    return this.#open.size
  }

  async isOpen(socket: net.Socket): Promise<boolean> {
    const peer = await this.#peerOf(socket)
    return peer !== undefined && this.#open.has(peer)
  }

  async kill(socket: net.Socket): Promise<void> {
    const peer = await this.#peerOf(socket)
    if (peer !== undefined) this.#reset(peer)
  }

  async refuse(on: boolean): Promise<void> {
    if (on === this.#isRefusing) return
    this.#isRefusing = on
    if (on) await this.#stopListening()
    else await this.#listen(this.#port)
  }

  blackhole(on: boolean): void {
    const unheard = this.#unheard ?? []
    this.#unheard = on ? unheard : undefined
    if (!on) for (const hear of unheard) hear()
  }

  async stop(): Promise<void> {
    for (const socket of this.#open) this.#reset(socket)
    await this.#stopListening()
  }

  start(): Promise<void> {
    return this.#listen(this.#port)
  }

  /** A Unix socket knows no reset. */
  #reset(socket: net.Socket): void {
    if (this.#place.path === undefined) socket.resetAndDestroy()
    else socket.destroy()
  }

  async #listen(port: number): Promise<void> {
    // Not a byte is read, nor an end noticed, before it is heard.
    const options = { allowHalfOpen: true, pauseOnConnect: true }
    const listener = net.createServer(options, (socket) => this.#accept(socket))
    const { path } = this.#place
    await once(path === undefined ? listener.listen(port, '127.0.0.1') : listener.listen(path), 'listening')
    this.#listener = listener
  }

  /** What is connected stays so. */
  async #stopListening(): Promise<void> {
    const listener = this.#listener
    this.#listener = undefined
    if (listener === undefined) return
    // 'close' waits for the connections; that nobody can connect any more is so at once.
    listener.close()
  }

  #accept(socket: net.Socket): void {
    this.#open.add(socket)
    const gone = () => this.#open.delete(socket)
    socket.on('error', gone).on('close', gone)
    this.#hear(() => {
      if (socket.destroyed) return
      const peer = this.#place.isTls ? this.#secure(socket) : socket
      const goodbye = () => {
        gone()
        peer.end()
      }
      peer.setEncoding('utf8').on('data', (text: unknown) => {
        for (const mark of String(text).match(MARKS) ?? []) this.#marks.get(mark)?.(socket)
        const others = String(text).replaceAll(MARKS, '')
        if (others !== '') this.#hear(() => peer.write(others))
      })
      peer.on('end', () => this.#hear(goodbye)).resume()
    })
  }

  #secure(socket: net.Socket): tls.TLSSocket {
    const { key, good } = certificates
    const secure = new tls.TLSSocket(socket, {
      isServer: true,
      secureContext: tls.createSecureContext({ key, cert: good }),
    })
    return secure.on('error', () => socket.destroy())
  }

  /** Now, or once the server is no longer silent. */
  #hear(hear: () => void): void {
    if (this.#unheard === undefined) hear()
    else this.#unheard.push(hear)
  }

  /** The other end of a client's socket. */
  async #peerOf(socket: net.Socket): Promise<net.Socket | undefined> {
    const known = this.#peers.get(socket)
    if (known !== undefined || !socket.writable) return known
    const mark = `<${++this.#marked}>`
    const peer = await new Promise<net.Socket | undefined>((resolve) => {
      const timer = setTimeout(resolve, LIMIT, undefined)
      this.#marks.set(mark, (found) => {
        clearTimeout(timer)
        resolve(found)
      })
      socket.write(mark)
    })
    this.#marks.delete(mark)
    if (peer !== undefined) this.#peers.set(socket, peer)
    return peer
  }
}
