import type net from 'node:net'

type Destroy = net.Socket['_destroy']

/** Whom a socket asks whether its error is to be heard of. */
export interface ErrorKeeper {
  keepsToItself(error: Error): boolean
}

const keeperOf: unique symbol = Symbol('millpond.keeper')

interface Kept extends net.Socket {
  [keeperOf]?: ErrorKeeper
}

/**
 * Has a socket emit no `error` when its request is on its way again, or has got an error of its own. Some libraries
 * listen to the socket itself and fail their request by what they hear there (axios); a listener that comes first
 * could not keep it from them.
 */
export function keepStaleErrors(socket: net.Socket, keeper: ErrorKeeper): void {
  ;(socket as Kept)[keeperOf] = keeper
  socket._destroy = destroyQuietly
}

/** As it was before. */
export function tellErrors(socket: net.Socket): void {
  Reflect.deleteProperty(socket, '_destroy')
}

const destroyQuietly: Destroy = function (this: Kept, error, callback) {
  const isKept = error !== null && this[keeperOf]?.keepsToItself(error) === true
  const { _destroy } = Object.getPrototypeOf(this) as net.Socket
  _destroy.call(this, isKept ? null : error, callback)
}
