import { once } from 'node:events'
import { createWsPool } from '../../src/ws.js'

// Exchanges a message, and then has nothing else to do.
const pool = createWsPool({ idle: { timeout: 600_000 } })
await pool.use(process.argv[2] as string, async (webSocket) => {
  webSocket.send('hello')
  await once(webSocket, 'message')
})
