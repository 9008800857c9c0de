import { once } from 'node:events'
import http from 'node:http'
import type net from 'node:net'
import connectPgSimple from 'connect-pg-simple'
import session, { type SessionData } from 'express-session'
import { expect } from 'vitest'
import { type Given, onBothPools } from './on-both-pools.js'

type Visited = SessionData & { visits?: number }

function answer({ url, session }: { url: string; session: Visited & session.Session }, response: http.ServerResponse) {
  if (url === '/leave') {
    session.destroy(() => response.end('bye'))
    return
  }
  session.visits = (session.visits ?? 0) + 1
  response.end(`visit ${session.visits}`)
}

/** A server that counts the visits of each session, which lie in PostgreSQL. */
async function serve({ pool }: Given) {
  const Store = connectPgSimple(session)
  const store = new Store({ pool, createTableIfMissing: true, pruneSessionInterval: false })
  const withSession = session({ store, secret: 'of this test', resave: false, saveUninitialized: false })
  const server = http.createServer((request, response) => {
    withSession(request as never, response as never, (error?: unknown) => {
      if (error) response.writeHead(500).end(String(error))
      else answer(request as never, response)
    })
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as net.AddressInfo
  const visit = async (path: string, cookie?: string) => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, { headers: cookie === undefined ? {} : { cookie } })
    return { text: await answer.text(), cookie: cookie ?? answer.headers.getSetCookie()[0]?.split(';')[0] ?? '' }
  }
  const close = async () => {
    server.closeAllConnections()
    server.close()
    await store.close()
  }
  return { visit, store, close }
}

onBothPools('connect-pg-simple', {
  'keeps sessions, and forgets those that are destroyed': async (given) => {
    const { visit, close } = await serve(given)
    const { text, cookie } = await visit('/')
    const again = [await visit('/', cookie), await visit('/', cookie)].map((answer) => answer.text)
    const gone = (await visit('/leave', cookie)).text
    const anew = (await visit('/', cookie)).text
    const { rows } = await given.pool.query('select sess from session')
    await close()
    expect([text, ...again, gone, anew]).toEqual(['visit 1', 'visit 2', 'visit 3', 'bye', 'visit 1'])
    return rows.map(({ sess }) => (sess as Visited).visits)
  },

  'serves many visitors at once, each with a session of his own': async (given) => {
    const { visit, close } = await serve(given)
    const visitors = await Promise.all(Array.from({ length: 40 }, () => visit('/')))
    const again = await Promise.all(visitors.map(({ cookie }) => visit('/', cookie)))
    await close()
    expect(new Set(visitors.map(({ cookie }) => cookie)).size).toBe(40)
    expect(new Set(again.map(({ text }) => text))).toEqual(new Set(['visit 2']))
    const { rows } = await given.pool.query('select count(*)::int as n from session')
    return rows
  },

  'prunes sessions that have expired': async (given) => {
    const { visit, store, close } = await serve(given)
    await visit('/')
    await given.pool.query("update session set expire = now() - interval '1 day'")
    await new Promise<void>((resolve, reject) =>
      store.pruneSessions((error?: unknown) => (error ? reject(error) : resolve())),
    )
    const { rows } = await given.pool.query('select count(*)::int as n from session')
    await close()
    expect(rows).toEqual([{ n: 0 }])
    return rows
  },
})
