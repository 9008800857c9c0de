import net from 'node:net'
import { InvalidOptionError } from '@millpond/core'
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'
import type { JumpableRandomGenerator } from 'pure-rand/types/JumpableRandomGenerator'
import { ActiveToxic } from './active-toxic.js'
import { type ChaosProxyOptions, type ResolvedChaosOptions, resolveChaosOptions } from './chaos-proxy-options.js'
import { Link } from './link.js'
import { Listener } from './listener.js'
import { readToxic } from './read-toxic.js'
import type { CompleteToxic, Toxic } from './toxic.js'

/** A toxic that was added. */
export interface ToxicHandle extends AsyncDisposable {
  /** By which it is listed. */
  readonly name: string
  /** Ends it: what it held back goes on its way at once. Resolves when that is in effect; for `down`, when the proxy
   * listens again, and it rejects with Node's error when it cannot. A second call does nothing. */
  remove(): Promise<void>
}

/** A TCP proxy on loopback whose connections can be spoiled. It holds the process until it is closed. */
export interface ChaosProxy extends AsyncDisposable {
  /** Where it listens. */
  readonly host: string
  readonly port: number
  /** Of its draws: given, or drawn. */
  readonly seed: number
  /** Adds a toxic: for the connections that are open, and for those to come. Toxics of one stream work in the order in
   * which they were added. Throws `InvalidOptionError` for a bad attribute and for a name in use, and an
   * `Error` once the proxy is closed. */
  add(toxic: Toxic): ToxicHandle
  /** The toxics in force, complete with their defaults, in the order in which they were added. */
  toxics(): CompleteToxic[]
  /** Removes all toxics. What is connected stays so. */
  reset(): Promise<void>
  /** How many connections clients have open through it, and had in all. A connection is open until both its sides have
   * ended. */
  connections(): { readonly open: number; readonly total: number }
  /** Resets all connections that are open, towards client and server. */
  killAll(): void
  /** Ends all connections (by FIN) and gives the port away. Resolves once nothing is left: no socket, no timer. A second
   * call returns the same promise. */
  close(): Promise<void>
}

/**
 * Starts a proxy before a server, on loopback, in which things can go wrong: what [Toxiproxy](https://github.com/Shopify/toxiproxy)
 * is as a process of its own, in the process of the test, with its vocabulary.
 *
 * Without toxics it is faithful: FIN passes on as FIN (half-closed connections stay so), RST as RST, and a receiver that
 * does not read holds up the sender. A server that cannot be reached shows as a reset.
 *
 * Rejects with `InvalidOptionError`, and with Node's error when it cannot listen.
 *
 * ```ts
 * await using proxy = await chaosProxy({ target: { port: 5432 } })
 * const slow = proxy.add({ type: 'latency', stream: 'downstream', latency: 200, jitter: 50 })
 * // … connect to proxy.port
 * await slow.remove()
 * ```
 */
export async function chaosProxy(options: ChaosProxyOptions): Promise<ChaosProxy> {
  const resolved = resolveChaosOptions(options)
  const proxy = new LoopbackProxy(resolved)
  await proxy.start()
  return proxy
}

class LoopbackProxy implements ChaosProxy {
  readonly #options: ResolvedChaosOptions
  readonly #random: JumpableRandomGenerator
  readonly #listener: Listener
  readonly #links = new Set<Link>()
  /** By name. `active` is undefined for `down`, which works on no stream. */
  readonly #toxics = new Map<string, { readonly toxic: CompleteToxic; readonly active: ActiveToxic | undefined }>()
  #accepted = 0
  #closing: Promise<void> | undefined

  constructor(options: ResolvedChaosOptions) {
    this.#options = options
    this.#random = xoroshiro128plus(options.seed)
    this.#listener = new Listener(options.host, options.port, (client) => this.#accept(client))
  }

  start(): Promise<void> {
    return this.#listener.start()
  }

  get host(): string {
    return this.#options.host
  }

  get port(): number {
    return this.#listener.port
  }

  get seed(): number {
    return this.#options.seed
  }

  add(given: Toxic): ToxicHandle {
    const toxic = readToxic(given)
    const { name } = toxic
    if (this.#closing !== undefined) throw new Error('This chaos proxy is closed: no toxic can be added')
    if (this.#toxics.has(name)) throw new InvalidOptionError('name', name, 'a name that no other toxic here has')
    const active = toxic.type === 'down' ? undefined : new ActiveToxic(toxic, this.#options.clock, this.#random)
    const entry = { toxic, active }
    this.#toxics.set(name, entry)
    if (active === undefined) this.#goDown()
    else for (const link of this.#links) link.add(active)
    // A later one of the same name is not this handle's.
    const remove = async () => {
      if (this.#toxics.get(name) === entry) await this.#remove(name)
    }
    return { name, remove, [Symbol.asyncDispose]: remove }
  }

  toxics(): CompleteToxic[] {
    return [...this.#toxics.values()].map(({ toxic }) => ({ ...toxic }))
  }

  async reset(): Promise<void> {
    await Promise.all([...this.#toxics.keys()].map((name) => this.#remove(name)))
  }

  connections(): { open: number; total: number } {
    return { open: this.#links.size, total: this.#accepted }
  }

  killAll(): void {
    for (const link of this.#links) link.reset()
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #accept(client: net.Socket): void {
    const server = net.connect({ ...this.#options.target, allowHalfOpen: true, noDelay: true })
    const link = new Link(++this.#accepted, client, server)
    this.#links.add(link)
    link.closed.then(() => this.#links.delete(link))
    for (const { active } of this.#toxics.values()) if (active !== undefined) link.add(active)
  }

  #goDown(): void {
    this.#listener.shut()
    this.killAll()
  }

  async #remove(name: string): Promise<void> {
    const entry = this.#toxics.get(name)
    this.#toxics.delete(name)
    if (entry?.active !== undefined) for (const link of this.#links) link.remove(entry.active)
    else if (this.#closing === undefined && !this.#isDown()) await this.#listener.open()
  }

  #isDown(): boolean {
    return [...this.#toxics.values()].some(({ active }) => active === undefined)
  }

  async #close(): Promise<void> {
    const links = [...this.#links]
    for (const link of links) link.destroy()
    await Promise.all([this.#listener.close(), ...links.map((link) => link.closed)])
  }
}
