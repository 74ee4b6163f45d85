import t from 'tap'
import { FairQueue } from '../src/fair-queue.ts'

t.test('of one after the other, however many of one wait', (t) => {
  const queue = new FairQueue<string>()
  for (const name of ['a1', 'a2', 'a3', 'b1', 'c1', 'c2']) queue.push(name.charAt(0), name)
  t.equal(queue.size, 6)
  const order = [queue.shift(), queue.shift()]
  queue.push('b', 'b2')
  while (queue.size > 0) order.push(queue.shift())
  t.same(order, ['a1', 'b1', 'c1', 'a2', 'b2', 'c2', 'a3'])
  t.equal(queue.shift(), undefined)
  t.end()
})

t.test('who makes up parts of a party has no more turns for it', (t) => {
  const queue = new FairQueue<string>()
  for (let n = 0; n < 5; n++) queue.push(`greedy /made-up/${n}`, `greedy ${n}`)
  queue.push('greedy /made-up/0', 'greedy 0 again')
  queue.push('other /shop', 'other')
  queue.push('/no-caller', 'third')
  const order = Array.from({ length: 8 }, () => queue.shift())
  t.same(order.slice(0, 3), ['greedy 0', 'other', 'third'])
  t.same(order.slice(3), ['greedy 1', 'greedy 2', 'greedy 3', 'greedy 4', 'greedy 0 again'])
  t.equal(queue.size, 0)
  t.end()
})

t.test('it tells how many of a party wait, whatever parts it names', (t) => {
  const queue = new FairQueue<number>()
  for (let n = 0; n < 5; n++) queue.push(`me /${n % 3}`, n)
  queue.push(' /nobody', 9)
  t.same(
    [queue.sizeOf('me'), queue.sizeOf('me /new'), queue.sizeOf(' /other'), queue.sizeOf('you')],
    [5, 5, 1, 0],
  )
  for (let n = 0; n < 6; n++) queue.shift()
  t.same([queue.size, queue.sizeOf('me'), queue.sizeOf('')], [0, 0, 0])
  t.end()
})
