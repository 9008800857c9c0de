import { EventEmitter } from 'eventemitter3'

type Listener<E extends object, T extends EventEmitter.EventNames<E>> = EventEmitter.EventListener<E, T>

/** An emitter that knows when its listeners come and go, so that what nobody hears need not be said. */
export abstract class ObservedEmitter<E extends object> extends EventEmitter<E> {
  protected abstract listenersChanged(): void

  override on<T extends EventEmitter.EventNames<E>>(event: T, fn: Listener<E, T>, context?: unknown): this {
    super.on(event, fn, context)
    this.listenersChanged()
    return this
  }

  override addListener<T extends EventEmitter.EventNames<E>>(event: T, fn: Listener<E, T>, context?: unknown): this {
    return this.on(event, fn, context)
  }

  override once<T extends EventEmitter.EventNames<E>>(event: T, fn: Listener<E, T>, context?: unknown): this {
    super.once(event, fn, context)
    this.listenersChanged()
    return this
  }

  /** Also called by eventemitter3 itself, after a listener added with `once` was called. */
  override removeListener<T extends EventEmitter.EventNames<E>>(
    event: T,
    fn?: Listener<E, T>,
    context?: unknown,
    once?: boolean,
  ): this {
    super.removeListener(event, fn, context, once)
    this.listenersChanged()
    return this
  }

  override off<T extends EventEmitter.EventNames<E>>(
    event: T,
    fn?: Listener<E, T>,
    context?: unknown,
    once?: boolean,
  ): this {
    return this.removeListener(event, fn, context, once)
  }

  override removeAllListeners(event?: EventEmitter.EventNames<E>): this {
    super.removeAllListeners(event)
    this.listenersChanged()
    return this
  }
}
