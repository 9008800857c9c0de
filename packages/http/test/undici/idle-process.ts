import { request } from 'undici'
import { createDispatcher } from '../../src/undici.js'

// Makes a request, with a connection opened in advance beside its own, and then has nothing else to do.
const dispatcher = createDispatcher({ idle: { timeout: 600_000 }, size: { min: 2 } })
const { body } = await request(process.argv[2] as string, { dispatcher })
await body.dump()
