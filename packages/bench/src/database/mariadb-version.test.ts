import { expect, it } from 'vitest'
import { mariadbVersion } from './mariadb-version.js'

it('tells the version of the server, or that it does not know', () => {
  expect(mariadbVersion()).toMatch(/^MariaDB (\d+\.\d+(\.\d+)?|of an unknown version)$/)
})
