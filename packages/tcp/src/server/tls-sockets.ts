import type net from 'node:net'

/** The socket that a TLS server accepted, under the one that it made of it. */
export function acceptedSocket(secured: net.Socket): net.Socket {
  return (secured as net.Socket & { _parent?: net.Socket })._parent ?? secured
}
