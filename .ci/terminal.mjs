// What the scripts of this folder print: one line per step, written when it starts and completed when it ends.

const tty = Boolean(process.stdout.isTTY)
const coloured = tty && !process.env.NO_COLOR && process.env.TERM !== 'dumb'
const paint = (code) => (text) => (coloured ? `\x1b[${code}m${text}\x1b[0m` : text)

export const dim = paint(2)
export const red = paint(31)
export const green = paint(32)

export function duration(milliseconds) {
  const seconds = milliseconds / 1000
  return seconds < 60
    ? `${seconds.toFixed(1)} s`
    : `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)
        .toString()
        .padStart(2, '0')} s`
}

export function say(line) {
  process.stdout.write(`${line}\n`)
}

/** Announces a step, runs it, and completes the line with its duration; on a terminal the seconds tick meanwhile. */
export async function step(title, run) {
  const began = performance.now()
  const elapsed = () => dim(duration(performance.now() - began))
  process.stdout.write(`${title} … `)
  const tick = tty ? setInterval(() => process.stdout.write(`\r${title} … ${elapsed()} `), 1000) : undefined
  const complete = (verdict) => {
    clearInterval(tick)
    process.stdout.write(`${tty ? `\r${title} … ` : ''}${verdict} ${elapsed()}\n`)
  }
  try {
    const result = await run()
    complete(green('ok'))
    return result
  } catch (error) {
    complete(red('failed'))
    throw error
  }
}
