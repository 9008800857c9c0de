import { parseArgs } from 'node:util'

/** What is run; all durations are ms. */
export interface Options {
  /** How long each of the two runs takes. */
  readonly duration: number
  /** Clients that ask, think, and ask again. */
  readonly clients: number
  /** ms that a client thinks between two requests, on average. */
  readonly think: number
  /** ms from the beginning of a request until it has to be answered. */
  readonly deadline: number
  /** Connections of the pool at most. */
  readonly max: number
  readonly server: ServerCosts
}

/** What the server's work costs. */
export interface ServerCosts {
  /** ms that a handshake waits, as for a round trip to an identity provider, … */
  readonly handshakeWait: number
  /** … and ms of the server's CPU that it burns, as for a signature. */
  readonly handshakeCpu: number
  /** ms that an answer takes. */
  readonly work: number
}

const flags = {
  seconds: '14',
  clients: '40',
  max: '10',
  'handshake-wait': '25',
  'handshake-cpu': '3',
} as const

export const usage = `Usage: npm start -- [options], each a number:

  --seconds         for both runs together      default ${flags.seconds}, at most 24
  --clients         that ask at the same time   default ${flags.clients}
  --max             connections of the pool     default ${flags.max}
  --handshake-wait  ms of waiting               default ${flags['handshake-wait']}
  --handshake-cpu   ms of the server's CPU      default ${flags['handshake-cpu']}`

/** Throws, with a message for the user, when an option is unknown or no number within its bounds. */
export function readOptions(args: readonly string[]): Options {
  const text = (fallback: string) => ({ type: 'string', default: fallback }) as const
  const { values } = parseArgs({
    args: [...args],
    options: {
      seconds: text(flags.seconds),
      clients: text(flags.clients),
      max: text(flags.max),
      'handshake-wait': text(flags['handshake-wait']),
      'handshake-cpu': text(flags['handshake-cpu']),
    },
  })
  const number = (name: keyof typeof flags, least: number, most: number) => {
    const value = Number(values[name])
    if (value >= least && value <= most) return value
    throw new RangeError(`--${name} ${values[name]}: a number from ${least} to ${most} is needed`)
  }
  return {
    duration: (number('seconds', 1, 24) * 1000) / 2,
    clients: Math.round(number('clients', 1, 500)),
    think: 20,
    deadline: 8_000,
    max: Math.round(number('max', 1, 100)),
    server: {
      handshakeWait: number('handshake-wait', 0, 200),
      handshakeCpu: number('handshake-cpu', 0, 20),
      work: 4,
    },
  }
}
