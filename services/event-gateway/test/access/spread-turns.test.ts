import { setImmediate as turn } from 'node:timers/promises'
import t from 'tap'
import { SpreadTurns } from '../../src/access/spread-turns.ts'

const COUNT = 12

t.test('those of a group begin one in a turn of the loop, and what they publish goes together', async (t) => {
  const turns = new SpreadTurns()
  const begunIn: number[] = []
  const publishedIn: number[] = []
  let number = 0
  const begin = async () => {
    begunIn.push(number)
    await Promise.resolve()
    await turns.begun
    publishedIn.push(number)
  }
  for (let n = 0; n < COUNT; n++) turns.after(1, () => void begin())
  t.equal(turns.begun, undefined, 'nobody waits for what is due later')
  for (; publishedIn.length < COUNT; number++) await turn()
  t.equal(new Set(begunIn).size, COUNT)
  t.ok(new Set(publishedIn).size <= 3, `in the turns ${publishedIn.join(', ')}`)
  t.equal(turns.begun, undefined)
})
