// `pnpm bench`: everything that is compared, in one run, and the report of it.

import { checked } from './baseline/checked.js'
import { run } from './command.js'
import { core } from './core.js'
import { database } from './database.js'
import { http } from './http.js'

process.exitCode = await run(
  {
    suites: { core, http, database },
    checked,
    readme: new URL('../README.md', import.meta.url),
    headlines: { 'core/peers': new URL('../../../README.md', import.meta.url) },
    report: new URL('../report/', import.meta.url),
    print: (text) => void process.stdout.write(text),
  },
  process.argv.slice(2),
)
