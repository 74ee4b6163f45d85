import t from 'tap'
import { ParkingLot } from '../../src/item/parking.ts'
import { item } from '../lane/lane-with.ts'

t.test('attributes take room as data do: whoever sends a hundred with each message fills no memory', (t) => {
  const bytes = 10 << 20
  const lot = new ParkingLot({ messages: 1e6, bytes })
  const attributes = (n: number) =>
    Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`${n} ${index}`, 'x']))
  const entered = []
  for (let n = 0; n < 2000; n++) {
    const one = item(`${n}`, {})
    one.message = { ...one.message, attributes: attributes(n) }
    if (lot.enter(one, true)) entered.push(one)
  }
  t.ok(entered.length < bytes / 10_000, `${entered.length} messages`)
  for (const one of entered) lot.leave(one)
  t.ok(lot.enter(item('large', { text: 'x'.repeat(bytes / 2) }), true), 'all of the room is there again')
  t.end()
})
