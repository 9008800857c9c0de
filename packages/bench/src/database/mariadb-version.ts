import { spawnSync } from 'node:child_process'

/** Of the server that is installed: `MariaDB 10.11.6`. */
export function mariadbVersion(): string {
  const { stdout } = spawnSync('mariadbd', ['--no-defaults', '--version'], {
    env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/usr/local/sbin` },
    encoding: 'utf8',
  })
  return `MariaDB ${/Ver (\d+(\.\d+)+)/.exec(stdout ?? '')?.[1] ?? 'of an unknown version'}`
}
