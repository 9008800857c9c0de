import { EventEmitter } from 'node:events'
import type { PoolSetup } from '../contender.js'

/** What pg-pool asks of a client, without a server: connected in the next tick. */
export function nullPgClient({ open, onClose }: PoolSetup): new () => EventEmitter {
  return class NullPgClient extends EventEmitter {
    readonly resource = open()
    /** pg-pool keeps only clients that say so. */
    readonly _queryable = true
    readonly _ending = false

    connect(connected: (error?: Error) => void): void {
      process.nextTick(connected)
    }

    end(ended: () => void): void {
      onClose()
      this.emit('end')
      process.nextTick(ended)
    }

    isConnected(): boolean {
      return true
    }

    ref(): void {}

    unref(): void {}
  }
}
