/** What stands in a line: a node of it. */
export interface InLine {
  readonly since: number
  readonly patience: number
  next: InLine | undefined
  previous: InLine | undefined
}

/** Requests of one client, priority and key that have not settled, in their order: whom the pool must serve in turn. */
export class WaitingLine {
  /** Whose it is, in words. */
  readonly name: string
  readonly client: string | undefined
  readonly key: string
  readonly priority: number
  readonly fresh: boolean
  first: InLine | undefined
  last: InLine | undefined
  size = 0

  constructor(of: Pick<WaitingLine, 'client' | 'key' | 'priority' | 'fresh'>) {
    this.client = of.client
    this.key = of.key
    this.priority = of.priority
    this.fresh = of.fresh
    const parts = [of.client, of.key, of.priority === 0 ? '' : `priority ${of.priority}`, of.fresh ? 'fresh' : '']
    this.name = parts.filter((part) => part).join(', ') || 'somebody'
  }

  join(request: InLine): void {
    request.previous = this.last
    if (this.last === undefined) this.first = request
    else this.last.next = request
    this.last = request
    this.size++
  }

  leave(request: InLine): void {
    const { next, previous } = request
    if (previous === undefined) this.first = next
    else previous.next = next
    if (next === undefined) this.last = previous
    else next.previous = previous
    request.next = undefined
    request.previous = undefined
    this.size--
  }
}
