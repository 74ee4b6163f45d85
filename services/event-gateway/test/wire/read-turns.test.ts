import { setImmediate as nextTurn } from 'node:timers/promises'
import t from 'tap'
import { ReadTurns } from '../../src/wire/read-turns.ts'

t.test(
  'readers beyond what one turn reads go on one after the other, each in a turn of its own',
  async (t) => {
    const turns = new ReadTurns()
    const went: string[] = []
    t.notOk(turns.mustWait('one', 100_000, () => went.push('never')))
    for (const name of ['a', 'b', 'c']) t.ok(turns.mustWait('one', 100_000, () => went.push(name)))
    t.same(went, [])
    for (const expected of [['a'], ['a', 'b'], ['a', 'b', 'c'], ['a', 'b', 'c']]) {
      await nextTurn()
      t.same(went, expected)
    }
    t.notOk(
      turns.mustWait('one', 100_000, () => went.push('never')),
      'a turn begins with nothing read',
    )
  },
)

t.test('who reads on and is too much again waits behind the others', async (t) => {
  const turns = new ReadTurns()
  const went: string[] = []
  const reader = (name: string) => (): void => {
    went.push(name)
    if (went.length < 6) turns.mustWait('one', 200_000, reader(name))
  }
  t.ok(turns.mustWait('one', 200_000, reader('a')))
  t.ok(turns.mustWait('one', 200_000, reader('b')))
  for (let n = 0; n < 8; n++) await nextTurn()
  t.same(went, ['a', 'b', 'a', 'b', 'a', 'b'].concat(went.slice(6)))
  t.equal(went.length, 7, 'each of them to its end')
})

t.test(
  'of a thousand readers of one caller and one of another, that one waits for a single turn',
  async (t) => {
    const turns = new ReadTurns()
    let read = 0
    turns.mustWait('hostile', 200_000, () => read++)
    for (let n = 0; n < 1000; n++) turns.mustWait('hostile', 65_536, () => read++)
    const before = new Promise<number>((resolve) => {
      t.ok(turns.mustWait('good', 65_536, () => resolve(read)))
    })
    t.equal(await before, 1, 'of the others before it')
  },
)
