import http from 'node:http'
import { createAgent } from '../../src/index.js'

// Makes a request, and then has nothing else to do.
const agent = createAgent({ idle: { timeout: 600_000 } })
http.get(process.argv[2] as string, { agent }, (response) => response.resume())
