// Runs other programs: quietly, with their output kept for the case of failure, or in the foreground.

import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('..', import.meta.url))

/** A failure that was explained already, or is explained by `message` alone: no stack is printed for it. */
export class Failure extends Error {
  constructor(message, output = '') {
    super(message)
    this.output = output
  }
}

const running = new Set()

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    const foreground = [...running].some((child) => child.isForeground)
    for (const child of running) {
      // A terminal delivers Ctrl-C to the whole group itself; a second one would cut short a clean end.
      if (!(signal === 'SIGINT' && child.isForeground && process.stdin.isTTY)) child.kill(signal)
    }
    if (!foreground) process.exit(128 + constants.signals[signal])
  })
}

function start(command, args, options) {
  // npm's own programs are .cmd files on Windows, which only a shell starts.
  const shell = process.platform === 'win32' && command !== process.execPath
  const child = spawn(command, args, { cwd: root, shell, ...options })
  running.add(child)
  return child
}

function ended(child, command) {
  return new Promise((resolve, reject) => {
    child.once('error', (error) => {
      running.delete(child)
      reject(new Failure(`cannot run ${command}: ${error.message}`))
    })
    child.once('close', (code, signal) => {
      running.delete(child)
      resolve(code ?? 128 + constants.signals[signal])
    })
  })
}

/** Resolves with what the program printed; rejects with a Failure that carries it when the exit code is not 0. */
export async function quietly(command, args, options = {}) {
  const env = { ...process.env, ...options.env, NO_COLOR: '1', FORCE_COLOR: undefined }
  const child = start(command, args, { ...options, env, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  let stdout = ''
  child.stdout.setEncoding('utf8').on('data', (text) => {
    output += text
    stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text) => {
    output += text
  })
  const code = await ended(child, command)
  if (code !== 0) throw new Failure(`${readable(command, args)} ended with exit code ${code}`, output.trim())
  return stdout
}

function readable(command, args) {
  const line = [command === process.execPath ? 'node' : command, ...args].join(' ')
  return line.replaceAll(root, '')
}

/** Hands the terminal to the program and resolves with its exit code. */
export function inForeground(command, args, options = {}) {
  // Some tools take CI for a terminal that shows colours.
  const colours = process.stdout.isTTY || process.env.FORCE_COLOR ? {} : { NO_COLOR: '1' }
  const env = { ...process.env, ...colours, ...options.env }
  const child = start(command, args, { ...options, env, stdio: 'inherit' })
  child.isForeground = true
  return ended(child, command)
}

/** Runs a script's main function and turns its outcome into the exit code. */
export async function main(run) {
  try {
    process.exitCode = (await run()) ?? 0
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    process.stderr.write(`${error.message}\n${error.output ? `\n${error.output}\n` : ''}`)
    process.exitCode = 1
  }
}
