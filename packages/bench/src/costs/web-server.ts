interface Session {
  readonly user: string
  readonly visits: number[]
  lastSeen: number
}

const sessions = 100_000
const body = JSON.stringify({
  user: 'u-4711',
  items: Array.from({ length: 12 }, (_, id) => ({ id, title: `item ${id}`, price: id * 1.5, tags: ['new', 'sale'] })),
})

/** Allocates for each request what a web server does: reads a body of JSON, answers with one, and renews a session among
 * 100,000 that it keeps, so that both generations of the heap have work. */
export function webServer(): () => void {
  const kept: Session[] = Array.from({ length: sessions }, (_, id) => session(id))
  let next = 0
  return () => {
    const order = JSON.parse(body) as { items: { price: number }[] }
    const total = order.items.map(({ price }) => price).reduce((sum, price) => sum + price, 0)
    const renewed = session(next)
    renewed.lastSeen = JSON.stringify({ total, order }).length
    kept[next] = renewed
    next = (next + 7919) % sessions
  }
}

function session(id: number): Session {
  return { user: `user-${id}`, visits: [id, id + 1, id + 2, id + 3], lastSeen: 0 }
}
