import { setup } from 'xstate'

/** What can happen to a connection. Whatever decides (a policy, the count of leases) decides which of these to send. */
export type ConnectionEvent =
  | { type: 'opened' }
  | { type: 'openFailed' }
  | { type: 'lease' }
  | { type: 'rest' }
  | { type: 'reset' }
  | { type: 'resetPassed' }
  | { type: 'resetFailed' }
  | { type: 'check' }
  | { type: 'checkPassed' }
  | { type: 'checkFailed' }
  | { type: 'retire' }
  | { type: 'released' }
  | { type: 'lost' }
  | { type: 'destroy' }
  | { type: 'detach' }
  | { type: 'closeSettled' }
  | { type: 'closeFailed' }
  | { type: 'ended' }

const act = () => {}

/**
 * The life of one connection: the five states of the standard, with what happens inside them as child states.
 *
 * No context and no guards, so that `compileMachine` can turn it into integer tables. The actions are names here;
 * the pool's wiring binds each to one function. Delays are in milliseconds; the pool replaces them by its options.
 */
export const connectionMachine = setup({
  types: { events: {} as ConnectionEvent },
  actions: {
    startOpen: act,
    abortCall: act,
    adopt: act,
    watch: act,
    offer: act,
    noteFailure: act,
    park: act,
    reserve: act,
    unpark: act,
    serve: act,
    ref: act,
    unref: act,
    judgeIdle: act,
    startCheck: act,
    startReset: act,
    sever: act,
    unwatch: act,
    tellBorrowers: act,
    startClose: act,
    destroyResource: act,
    abandon: act,
    end: act,
    forget: act,
    report: act,
    tellRetired: act,
  },
  delays: {
    connectTimeout: 10_000,
    checkTimeout: 5_000,
    resetTimeout: 5_000,
    closeTimeout: 5_000,
  },
}).createMachine({
  id: 'connection',
  initial: 'connecting',
  states: {
    connecting: {
      description: 'The adapter is opening it',
      entry: 'startOpen',
      exit: 'abortCall',
      on: {
        opened: { target: 'connected.leased', actions: ['adopt', 'watch', 'offer', 'serve'] },
        openFailed: { target: 'closing.empty', actions: 'noteFailure' },
        retire: { target: 'closing.pending', actions: 'tellRetired' },
        destroy: 'closing.pending',
      },
      after: { connectTimeout: { target: 'closing.pending', actions: 'noteFailure' } },
    },
    connected: {
      initial: 'leased',
      on: {
        lost: { target: 'closing.empty', actions: 'destroyResource' },
        destroy: { target: 'closing.empty', actions: 'destroyResource' },
      },
      states: {
        leased: {
          description: "In a borrower's hands, or on the way there or back",
          on: {
            rest: '#connection.idle.ready',
            reset: 'resetting',
            retire: { target: 'leaving', actions: 'tellRetired' },
            detach: '#connection.closing.empty',
          },
        },
        leaving: {
          description: 'Leased, and closed as soon as it is released',
          entry: 'serve',
          on: {
            released: '#connection.closing.graceful',
            detach: '#connection.closing.empty',
          },
        },
        resetting: {
          description: 'Being scrubbed between two leases',
          entry: 'startReset',
          exit: 'abortCall',
          on: {
            resetPassed: { target: '#connection.idle.ready', actions: 'serve' },
            resetFailed: '#connection.closing.graceful',
            retire: { target: '#connection.closing.graceful', actions: 'tellRetired' },
          },
          after: { resetTimeout: { target: '#connection.closing.empty', actions: 'destroyResource' } },
        },
      },
    },
    idle: {
      initial: 'ready',
      exit: 'unpark',
      on: {
        retire: { target: 'closing.graceful', actions: 'tellRetired' },
        lost: { target: 'closing.empty', actions: 'destroyResource' },
        destroy: { target: 'closing.empty', actions: 'destroyResource' },
      },
      states: {
        ready: {
          description: 'Nobody has it; the next acquire may',
          entry: ['park', 'unref', 'judgeIdle'],
          on: {
            lease: { target: '#connection.connected.leased', actions: 'ref' },
            check: { target: 'checking', actions: ['reserve', 'ref'] },
          },
        },
        checking: {
          description: 'Reserved while its health is checked',
          entry: 'startCheck',
          exit: 'abortCall',
          on: {
            checkPassed: { target: 'ready', actions: 'serve' },
            checkFailed: '#connection.closing.graceful',
          },
          after: { checkTimeout: { target: '#connection.closing.empty', actions: 'destroyResource' } },
        },
      },
    },
    closing: {
      initial: 'graceful',
      entry: ['sever', 'unwatch', 'tellBorrowers'],
      states: {
        pending: {
          description: 'Asked to close before its open has settled',
          entry: 'serve',
          on: {
            opened: { target: 'graceful', actions: 'adopt' },
            openFailed: 'empty',
            destroy: { target: '#connection.closed', actions: 'abandon' },
          },
          after: { closeTimeout: { target: '#connection.closed', actions: 'abandon' } },
        },
        graceful: {
          description: "The adapter's close is running",
          entry: ['startClose', 'serve'],
          exit: 'abortCall',
          on: {
            closeSettled: '#connection.closed',
            closeFailed: { target: '#connection.closed', actions: 'destroyResource' },
            destroy: { target: '#connection.closed', actions: 'destroyResource' },
          },
          after: { closeTimeout: { target: '#connection.closed', actions: 'destroyResource' } },
        },
        empty: {
          description: 'Nothing left to close; closed follows in the same turn',
          entry: 'end',
          on: { ended: '#connection.closed' },
        },
      },
    },
    closed: {
      type: 'final',
      entry: ['forget', 'report', 'serve'],
    },
  },
})
