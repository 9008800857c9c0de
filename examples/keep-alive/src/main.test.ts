import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const folder = fileURLToPath(new URL('..', import.meta.url))
const patience = 60_000

/** The program on a pipe. */
function start(...args: string[]) {
  const child = spawn(process.execPath, ['--import', 'tsx', 'src/main.ts', ...args], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    // Even where colours are demanded, a pipe gets none.
    env: { ...process.env, FORCE_COLOR: '1', CI: '1', NO_COLOR: undefined },
  })
  let output = ''
  const said = (text: string) => {
    output += text
  }
  child.stdout.setEncoding('utf8').on('data', said)
  child.stderr.setEncoding('utf8').on('data', said)
  return {
    ended: once(child, 'close').then(([code]) => ({ code: code as number | null, output })),
    interrupt: () => child.kill('SIGINT'),
    says: async (text: string) => {
      while (!output.includes(text)) await once(child.stdout, 'data')
    },
  }
}

const serversIn = (output: string) => [...output.matchAll(/as process (\d+)/g)].map(([, pid]) => Number(pid))

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

describe('the program', () => {
  it(
    'runs both loads, prints plain lines and the table on a pipe, and succeeds',
    async () => {
      const { code, output } = await start('--seconds', '3').ended
      expect(output).toMatch(/^without a pool +\d\.\d s {2}[\d,]+ answered in the last second; .* waiting; wait p50 /m)
      expect(output).toMatch(/^with a pool +\d\.\d s {2}[\d,]+ answered in the last second; .* waiting; wait p50 /m)
      expect(output).toMatch(/^with a pool +\d\.\d s {2}the server is killed: SIGKILL to process \d+$/m)
      expect(output).toMatch(/^with a pool +\d\.\d s {2}the server resets 3 of its connections$/m)
      expect(output).toMatch(/^ +without a pool +with a pool$/m)
      expect(output).toMatch(/^operations answered +[\d,]+ +[\d,]+$/m)
      expect(output).toMatch(/^time to recover, from each kill +\S/m)
      expect(output).toContain('All of this holds.')
      expect(output).not.toContain('\u001b')
      expect(output).not.toContain('Warning')
      expect(code, output).toBe(0)
      // One for each run and one after each kill.
      expect(serversIn(output)).toHaveLength(6)
      expect(serversIn(output).filter(isAlive)).toEqual([])
    },
    patience,
  )

  it.each(['without a pool', 'with a pool'])(
    'ends cleanly when interrupted %s: exit code 130 and no server left',
    async (run) => {
      const program = start('--seconds', run === 'with a pool' ? '3' : '20')
      await program.says(`\n${run}`)
      program.interrupt()
      const { code, output } = await program.ended
      expect(output).toContain('ended by SIGINT')
      expect(code, output).toBe(130)
      expect(serversIn(output).length).toBeGreaterThan(0)
      expect(serversIn(output).filter(isAlive)).toEqual([])
    },
    patience,
  )

  it(
    'says what options there are when given one that it does not have',
    async () => {
      const unknown = await start('--minutes', '3').ended
      expect(unknown.code).toBe(2)
      expect(unknown.output).toContain('--handshake-cpu')
      const outOfBounds = await start('--seconds', '1000').ended
      expect(outOfBounds.code).toBe(2)
      expect(outOfBounds.output).toContain('--seconds 1000: a number from 1 to 24 is needed')
    },
    patience,
  )
})
