import { fileURLToPath } from 'node:url'

const isSource = import.meta.url.endsWith('.ts')

/** How to fork one of the bench's own programs, by its path without the suffix: from source in the tests, compiled
 * otherwise. */
export function program(name: string): { readonly path: string; readonly execArgv: string[]; readonly cwd: string } {
  return {
    // Where tsx finds which source a package's name stands for.
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    path: fileURLToPath(new URL(`./${name}${isSource ? '.ts' : '.js'}`, import.meta.url)),
    execArgv: isSource ? ['--import', 'tsx'] : [],
  }
}
