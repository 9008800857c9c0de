/** Connections in all. */
export const max = 64
/** Connections of one client. */
export const perClient = 32
/** ms that a client may take to send the headers of a request. */
export const headerTimeout = 1_000
