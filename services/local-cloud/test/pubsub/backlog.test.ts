import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import type { Consumer } from '../../src/pubsub/messages/consumer.ts'
import { MessageIds } from '../../src/pubsub/messages/message-ids.ts'
import { bodiesOf, Published } from '../../src/pubsub/messages/published.ts'
import { Backlog } from '../../src/pubsub/subscriptions/backlog.ts'
import type { Delivery } from '../../src/pubsub/subscriptions/line.ts'
import { OrderedBacklog } from '../../src/pubsub/subscriptions/ordered-backlog.ts'

const STEPS = fc.array(
  fc.oneof(
    fc.record({ do: fc.constant('publish'), count: fc.integer({ min: 1, max: 5 }) }),
    fc.record({ do: fc.constantFrom('take', 'give back', 'hold', 'go on', 'look', 'clear') }),
  ),
  { maxLength: 60 },
)
const CONSUMER = {} as Consumer

for (const [kind, make] of [
  ['a backlog', () => new Backlog()],
  ['one that keeps an order, of messages without a key', () => new OrderedBacklog(() => {})],
] as const)
  t.test(`${kind} gives each message once, in the order in which they came, and counts them`, (t) => {
    fc.assert(
      fc.property(STEPS, (steps) => {
        const backlog = make()
        const ids = new MessageIds(1_790_000_000_000)
        let waiting: string[] = []
        let out: Delivery[] = []
        let held: Delivery[] = []
        for (const step of steps) {
          if ('count' in step) {
            const range = ids.next(step.count)
            waiting.push(...range.all())
            backlog.pushAll(
              new Published(range, 0, bodiesOf(range.all().map((id) => Buffer.from([10, 1, +id[0]!])))),
            )
          } else if (step.do === 'take') {
            const taken = backlog.shift(CONSUMER)
            assert.equal(taken?.message.id, waiting.shift())
            if (taken) out.push(taken)
          } else if (step.do === 'give back') {
            for (const delivery of out) backlog.push(delivery)
            waiting.push(...out.map(({ message }) => message.id))
            out = []
          } else if (step.do === 'hold') {
            for (const delivery of out) backlog.hold(delivery)
            held.push(...out)
            out = []
          } else if (step.do === 'go on') {
            for (const delivery of held) assert.ok(backlog.unhold(delivery))
            waiting.push(...held.map(({ message }) => message.id))
            held = []
          } else if (step.do === 'look') {
            const all = Array.from(backlog.all(), ({ message }) => message.id)
            assert.deepEqual(all, [...held.map(({ message }) => message.id), ...waiting])
          } else {
            backlog.clear()
            waiting = []
            held = []
          }
          assert.equal(backlog.size, waiting.length + held.length)
        }
      }),
      { numRuns: 300 },
    )
    t.end()
  })
