// A fresh process that imports one module and tells how many ms that took.

/** What it tells its parent. */
export type Told = { taken: number } | { error: string }

const [module = ''] = process.argv.slice(2)
const tell = (told: Told) => process.send?.(told)

process.once('disconnect', () => process.exit())

const began = performance.now()
try {
  await import(module)
  tell({ taken: performance.now() - began })
} catch (error) {
  tell({ error: String(error) })
}
