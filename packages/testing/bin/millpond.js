#!/usr/bin/env node
const { run } = await import('../dist/millpond.js').catch((error) => {
  if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error
  console.error(`millpond is not built: ${error.message}\nBuild it first: npm run build, in the repository.`)
  process.exit(1)
})

process.exitCode = await run(process.argv.slice(2), process)
