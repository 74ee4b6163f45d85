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
