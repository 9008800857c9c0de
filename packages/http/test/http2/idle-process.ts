import { createHttp2Pool } from '../../src/http2.js'

// Makes a request, and then has nothing else to do.
const pool = createHttp2Pool({ idle: { timeout: 600_000 } })
const { body } = await pool.request(process.argv[2] as string)
body.resume()
