import dns from 'node:dns'
import type net from 'node:net'
import { expect, it } from 'vitest'
import { lookUp } from './look-up.js'

const answering =
  (...answer: [Error | null, unknown, number?]): net.LookupFunction =>
  (_host, _options, done) =>
    done(answer[0] as null, answer[1] as string, answer[2])

it('gives what the system knows', async () => {
  const addresses = await lookUp('localhost', dns.lookup as net.LookupFunction)
  expect(addresses.map(({ address }) => address)).toContain('127.0.0.1')
})

it('takes a single address as well, and tells its family itself', async () => {
  expect(await lookUp('a.test', answering(null, '192.0.2.1', 4))).toEqual([{ address: '192.0.2.1', family: 4 }])
  expect(await lookUp('a.test', answering(null, '::1'))).toEqual([{ address: '::1', family: 6 }])
})

it('gives each address once, and none that is no address', async () => {
  const found = ['192.0.2.1', 'a.test', '192.0.2.1', '::1'].map((address) => ({ address, family: 4 }))
  expect(await lookUp('a.test', answering(null, found))).toEqual([
    { address: '192.0.2.1', family: 4 },
    { address: '::1', family: 6 },
  ])
})

it('rejects with the error of the lookup, thrown ones included', async () => {
  const error = new Error('the resolver is gone')
  await expect(lookUp('a.test', answering(error, undefined))).rejects.toBe(error)
  const throwing = () => {
    throw error
  }
  await expect(lookUp('a.test', throwing)).rejects.toBe(error)
})

it('rejects when no address was found', async () => {
  await expect(lookUp('a.test', answering(null, []))).rejects.toMatchObject({ code: 'ENODATA' })
  await expect(lookUp('a.test', answering(null, undefined))).rejects.toMatchObject({ code: 'ENODATA' })
  await expect(lookUp('a.test', answering(null, []))).rejects.toThrow('a.test')
})
