import { drivers } from './drivers.js'

// Asks a pool of the driver of the first argument one command, and has nothing else to do.
const [which, port] = process.argv.slice(2)
for (const { driver, pool, ask } of drivers) {
  if (driver !== which) continue
  await pool({ port: Number(port) }, { idle: { timeout: 600_000 } }).use((client) => ask(client, 'PING'))
  process.send?.('asked')
  process.disconnect?.()
}
