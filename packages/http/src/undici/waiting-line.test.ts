import { expect, it } from 'vitest'
import { collectGarbage } from '../../../core/test/keyed-model/collect-garbage.js'
import { WaitingLine } from './waiting-line.js'

interface Waiting {
  readonly name: string
  isOver: boolean
}

const request = (name: string): Waiting => ({ name, isOver: false })

it('gives the requests in the order of their coming, those aside that are over', () => {
  const line = new WaitingLine<Waiting>()
  const all = Array.from({ length: 100 }, (_, at) => request(String(at)))
  for (const one of all) line.join(one)
  for (const one of all.filter((_, at) => at % 3 === 0)) one.isOver = true
  const given: (string | undefined)[] = []
  for (let next = line.shift(); next !== undefined; next = line.shift()) given.push(next.name)
  expect(given).toEqual(all.filter(({ isOver }) => !isOver).map(({ name }) => name))
})

it('keeps no request alive that waits no longer', async () => {
  const line = new WaitingLine<Waiting>()
  const gone = (() => {
    const [served, over] = [request('served'), request('over')]
    for (const one of [served, over, request('waits')]) line.join(one)
    line.shift()
    over.isOver = true
    line.left()
    return [new WeakRef(served), new WeakRef(over)]
  })()
  expect(line.head?.name).toBe('waits')
  await collectGarbage()
  expect(gone.map((ref) => ref.deref())).toEqual([undefined, undefined])
  expect(line.size).toBe(1)
})
