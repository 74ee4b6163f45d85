import type { OutgoingMessage } from '@tablestream/service-kit'
import t from 'tap'
import { EventStream } from '../src/event-stream.ts'
import { Schedule } from '../src/schedule.ts'
import { Shop } from '../src/shop/shop.ts'
import { Task } from '../src/task.ts'

const flushed = () => new Promise((resolve) => setImmediate(resolve))

function taskWith(schedule: Schedule, publish: (messages: readonly OutgoingMessage[]) => Promise<string[]>) {
  let time = 0
  const shop = new Shop({ seed: 1, now: () => new Date(time) })
  const task = new Task({
    id: 'a',
    stream: new EventStream({ shop, types: ['order'] }),
    schedule,
    publisher: { publish, check: () => Promise.resolve(), close: () => Promise.resolve() },
    published: () => {},
    now: () => time,
  })
  const at = async (seconds: number) => {
    time = seconds * 1000
    task.tick()
    await flushed()
    return task.status()
  }
  return { task, at }
}

const takes = (messages: readonly OutgoingMessage[]) => Promise.resolve(messages.map(() => 'id'))

t.test('what is due follows from the time, whenever the ticks come', async (t) => {
  const { at } = taskWith(new Schedule([{ seconds: 60, eventsPerSecond: 7.5 }]), takes)
  for (const [seconds, published] of [
    [0, 0],
    [0.1, 0],
    [0.2, 1],
    [10, 75],
    [10.01, 75],
    [59, 442],
  ] as const)
    t.match(await at(seconds), { state: 'running', published, events_behind: 0 }, `${seconds} s`)
  t.match(await at(75), { state: 'running', published: 450 })
  t.match(await at(75.02), { state: 'finished', published: 450, published_by_type: { order: 450 } })
  t.match(await at(100), { published: 450, elapsed_seconds: 75.02 }, 'nothing comes after the end')
})

t.test('phases come one after the other', (t) => {
  const schedule = new Schedule([
    { seconds: 10, eventsPerSecond: 1 },
    { seconds: 5, eventsPerSecond: 100 },
  ])
  t.same(
    [0, 9.99, 10, 12, 15, 99].map((after) => schedule.due(after)),
    [0, 9, 10, 210, 510, 510],
  )
  t.same(
    [0, 10, 15].map((after) => schedule.rateAt(after)),
    [1, 100, 0],
  )
  t.equal(schedule.total, 510)
  t.end()
})

t.test('a rate that cannot be kept is told, and memory has a bound', async (t) => {
  let asked = 0
  const never = (messages: readonly OutgoingMessage[]) => {
    asked += messages.length
    return new Promise<string[]>(() => {})
  }
  const { at } = taskWith(new Schedule([{ seconds: 60, eventsPerSecond: 10_000 }]), never)
  t.notOk((await at(1)).problem)
  const status = await at(30)
  t.match(status, {
    events_behind: 300_000,
    problem: /the rate cannot be kept: 300000 events behind, 20000 of them/,
  })
  t.equal(asked, 20_000)
})

t.test('what Pub/Sub does not take is counted, with the reason', async (t) => {
  const { at } = taskWith(new Schedule([{ seconds: 1, eventsPerSecond: 3 }]), () =>
    Promise.reject(new Error('no topic')),
  )
  t.match(await at(2), { failed: 3, published: 0, problem: /3 events could not be published: no topic/ })
})

t.test('a task that is stopped publishes no more', async (t) => {
  const { task, at } = taskWith(new Schedule([{ seconds: 60, eventsPerSecond: 1 }]), takes)
  await at(10)
  task.stop()
  t.match(await at(20), { state: 'stopped', published: 10, elapsed_seconds: 10, asked_events_per_second: 0 })
  t.match(await at(30), { published: 10, elapsed_seconds: 10 })
})
