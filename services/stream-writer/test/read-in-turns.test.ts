import { setImmediate as turn } from 'node:timers/promises'
import t from 'tap'
import { ReadInTurns } from '../src/read-in-turns.ts'
import type { Item } from '../src/item/item.ts'
import { LongWork, soon, type Work } from '../src/long-work.ts'
import { item } from './lane/lane-with.ts'

const large = (id: string) => item(id, { text: 'x'.repeat(700_000) })

t.test('what is little is read at once; what is much, in turns between which others are heard', async (t) => {
  const read: string[] = []
  const turns = new ReadInTurns(({ message }) => void read.push(message.messageId), soon)
  turns.add([item('a', {}), item('b', {})])
  t.same(read, ['a', 'b'])
  turns.add(['c', 'd', 'e'].map(large))
  t.same(read, ['a', 'b'], 'a large one has a turn of its own')
  await turn()
  t.same(read, ['a', 'b', 'c'], 'one of these is as much as a turn takes')
  turns.add([item('f', {})])
  t.equal(turns.size, 3, 'what comes later waits behind them')
  await turn()
  t.same(read.slice(3), ['d'])
  for (let n = 0; n < 5; n++) await turn()
  t.same(read, ['a', 'b', 'c', 'd', 'e', 'f'])
})

t.test('what waits for a turn can be taken back', async (t) => {
  const read: string[] = []
  const turns = new ReadInTurns(({ message }) => void read.push(message.messageId), soon)
  turns.add(['a', 'b', 'c'].map(large), true)
  t.same(
    turns.takeAll().map(({ message }) => message.messageId),
    ['a', 'b', 'c'],
  )
  await turn()
  await turn()
  t.same(read, [])
  turns.add([item('d', {})])
  t.same(read, ['d'])
})

t.test('long work is done a part a turn, source by source, and ended before another is begun', async (t) => {
  const failures: unknown[] = []
  const { later } = new LongWork((error) => failures.push(error))
  const done: string[] = []
  const work = (name: string) => () => {
    done.push(`${name} 1`)
    if (name === 'b') throw new Error('b')
    return () => void done.push(`${name} 2`)
  }
  for (const name of ['a', 'b', 'c']) later(work(name), 'x much')
  later(work('d'), 'y little')
  const seen: number[] = []
  for (let n = 0; n < 10; n++) {
    await turn()
    seen.push(done.length)
  }
  t.same(done, ['a 1', 'a 2', 'd 1', 'd 2', 'b 1', 'c 1', 'c 2'])
  t.ok(
    seen.every((count, n) => count - (seen[n - 1] ?? 0) <= 1),
    seen.join(),
  )
  t.match(failures, [/b/])
})

t.test('what is left of a large one is done in the turn after it, before the next one is read', async (t) => {
  const done: string[] = []
  const read = ({ message: { messageId: id } }: Item, isOfTwo: boolean): Work | undefined => {
    done.push(`${id} read`)
    return isOfTwo ? () => void done.push(`${id} made`) : undefined
  }
  const turns = new ReadInTurns(read, new LongWork((error) => t.error(error)).later)
  turns.add([large('a'), large('b')], true)
  const seen: string[] = []
  while (done.length < 4) {
    await turn()
    if (seen.at(-1) !== done.at(-1) && done.length > 0) seen.push(done.at(-1)!)
  }
  t.same(seen, ['a read', 'a made', 'b read', 'b made'], 'each in a turn of its own')
  // what is small is read at once, and with it the first one that is large
  turns.add([item('c', {}), large('d')], true)
  t.same(done.slice(4), ['c read', 'd read'])
  while (done.length < 8) await turn()
  t.same(done.slice(6), ['c made', 'd made'])
})
