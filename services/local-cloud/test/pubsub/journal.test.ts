import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { startLocalCloud } from '../../src/index.ts'
import { Journal, type OpenMessage } from '../../src/pubsub/messages/journal.ts'
import { composeBody } from '../../src/pubsub/messages/message.ts'
import { bodiesOf } from '../../src/pubsub/messages/published.ts'
import { readSubscription } from '../../src/pubsub/json/subscription-json.ts'
import { readTopic } from '../../src/pubsub/json/topic-json.ts'
import { PubSub } from '../../src/pubsub/pubsub.ts'
import { StoredMessage } from '../../src/pubsub/messages/stored-message.ts'

const folderOf = (t: { teardown: (done: () => unknown) => void }): string => {
  const folder = mkdtempSync(join(tmpdir(), 'journal-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

const message = (id: number, bytes = 1000): OpenMessage => ({
  message: new StoredMessage(String(id), id, Buffer.alloc(bytes, id % 251)),
  keys: [1, 2],
})

const logs = (folder: string): string[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.log'))
    .toSorted()

function restored(folder: string, segmentBytes?: number): Map<string, OpenMessage> {
  const journal = new Journal(folder, segmentBytes === undefined ? {} : { segmentBytes })
  const { messages } = journal.restore()
  journal.close()
  return new Map(messages.map((open) => [open.message.id, open]))
}

t.test('many files hold what is open, in any order of settling, and the oldest ones go', (t) => {
  const folder = folderOf(t)
  const journal = new Journal(folder, { segmentBytes: 10_000 })
  journal.restore()
  const open = new Map<string, number[]>()
  const files = new Set<string>()
  for (let id = 0; id < 2000; id++) {
    journal.published([message(id)])
    open.set(String(id), [1, 2])
    // every 100th stays; the others are settled some rounds later, one key in another round than the other
    for (const [key, back] of [
      [1, 3],
      [2, 7],
    ] as const) {
      const settled = id - back
      if (settled < 0 || settled % 100 === 0) continue
      journal.settled(key, String(settled))
      open.set(
        String(settled),
        open.get(String(settled))!.filter((other) => other !== key),
      )
    }
    if (id % 5 === 0) journal.flush()
    for (const name of logs(folder)) files.add(name)
  }
  journal.close()
  t.ok(files.size > 50, `${files.size} files were written`)
  const kept = logs(folder)
  const bytes = kept.reduce((sum, name) => sum + statSync(join(folder, name)).size, 0)
  t.ok(bytes < 100_000, `${bytes} bytes are left of 2,000,000`)
  const back = restored(folder, 10_000)
  const expected = [...open].filter(([, keys]) => keys.length > 0)
  t.same(new Map([...back].map(([id, { keys }]) => [id, [...keys]])), new Map(expected))
  for (const {
    message: { id, body },
  } of back.values())
    t.ok(body.equals(message(Number(id)).message.body), id)
  t.end()
})

t.test('what is read in pieces ends inside of a record, and a record may be longer than a piece', (t) => {
  const folder = folderOf(t)
  const journal = new Journal(folder)
  journal.restore()
  // pieces have 8 MiB
  const sizes = [3 << 20, 3 << 20, 3 << 20, 9_900_000, 1000, (8 << 20) - 40, 5 << 20]
  const sent = sizes.map((bytes, id) => message(id, bytes))
  for (const one of sent) journal.published([one])
  journal.close()
  const back = restored(folder)
  t.same(
    [...back].map(
      ([
        id,
        {
          message: { body },
        },
      ]) => [id, body.length],
    ),
    sizes.map((bytes, id) => [String(id), bytes]),
  )
  for (const { message: one } of sent) t.ok(back.get(one.id)!.message.body.equals(one.body), one.id)
  t.end()
})

t.test('nothing is left of a journal in which nothing is open', (t) => {
  const folder = folderOf(t)
  const journal = new Journal(folder, { segmentBytes: 100_000 })
  journal.restore()
  for (let id = 0; id < 3000; id++) journal.published([{ ...message(id), keys: [1] }])
  for (let id = 0; id < 3000; id++) journal.settled(1, String(id))
  journal.close()
  t.ok(logs(folder).length <= 1)
  t.equal(restored(folder).size, 0)
  t.end()
})

t.test('a torn end is cut off, and what is written behind it is read', (t) => {
  const folder = folderOf(t)
  const first = new Journal(folder)
  first.restore()
  first.published([message(1)])
  first.close()
  // the length says 1,000 bytes, and a kill left three
  appendFileSync(join(folder, logs(folder)[0]!), Buffer.from([1, 0xe8, 3, 0, 0, 1, 2, 3]))
  const second = new Journal(folder)
  t.equal(second.restore().messages.length, 1)
  second.published([message(2)])
  second.close()
  t.same([...restored(folder).keys()], ['1', '2'])
  t.end()
})

t.test(
  'a full disk takes a publish whole or not at all, and what was taken is there after a restart',
  (t) => {
    const folder = folderOf(t)
    let full = false
    const journal = new Journal(folder, { diskIsFull: () => full })
    journal.restore()
    journal.published([message(1), message(2)])
    full = true
    t.throws(() => journal.published([message(3), message(4)]), {
      status: 'RESOURCE_EXHAUSTED',
      message: /no space left on its disk/,
    })
    t.throws(() => journal.saveResources({ topics: [], subscriptions: [] }), { message: /no space left/ })
    journal.settled(1, '1')
    journal.flush()
    full = false
    journal.published([message(5)])
    journal.close()
    t.same(
      [...restored(folder).values()].map(({ message: { id }, keys }) => `${id}: ${keys.join()}`),
      ['1: 2', '2: 1,2', '5: 1,2'],
    )
    t.end()
  },
)

t.test('the one file of older versions is read', (t) => {
  const folder = folderOf(t)
  const journal = new Journal(folder)
  journal.restore()
  journal.published([message(1)])
  journal.close()
  const [name] = logs(folder)
  appendFileSync(join(folder, 'pubsub-messages.log'), '')
  t.equal(name, 'pubsub-messages-00000001.log')
  t.equal(restored(folder).size, 1)
  t.end()
})

t.test(
  'ids grow over a restart, whatever the clock says: messages keep their order over the next one',
  (t) => {
    const folder = folderOf(t)
    const [topic, name] = ['projects/p/topics/topic', 'projects/p/subscriptions/sub']
    const start = (nowMs: number) => new PubSub({ now: () => nowMs, journal: new Journal(folder) })
    const body = composeBody(Buffer.from('a'), {}, 'key')
    const given: string[] = []
    const first = start(1_790_000_000_200)
    first.registry.topics.create(readTopic({ name: topic }))
    first.registry.createSubscription(readSubscription({ name, topic, enableMessageOrdering: true }))
    first.close()
    // a minute back, a moment on, the same moment, and a clock that is right again
    for (const nowMs of [
      1_790_000_060_000, 1_790_000_000_000, 1_790_000_000_001, 1_790_000_000_001, 1_790_000_120_000,
    ]) {
      const cloud = start(nowMs)
      for (let publish = 0; publish < 3; publish++)
        given.push(...cloud.publish(topic, bodiesOf([body, body])).all())
      cloud.close()
    }
    t.equal(new Set(given).size, 30)
    t.same(
      given,
      given.toSorted((a, b) => Number(a) - Number(b)),
    )
    const last = start(1_790_000_000_002)
    const waiting = Array.from(
      last.registry.attached(name).subscription.pending(),
      ({ message: { id } }) => id,
    )
    t.same(waiting, given)
    last.close()
    t.end()
  },
)

t.test('a push endpoint that is no URL, which an older version took, keeps nobody from starting', (t) => {
  const folder = folderOf(t)
  const [topic, name] = ['projects/p/topics/topic', 'projects/p/subscriptions/sub']
  const start = () => new PubSub({ now: () => 1_790_000_000_000, journal: new Journal(folder) })
  const pushConfig = { pushEndpoint: 'http://127.0.0.1:1/' }
  const first = start()
  first.registry.topics.create(readTopic({ name: topic }))
  first.registry.createSubscription(readSubscription({ name, topic, pushConfig }))
  first.close()
  const file = join(folder, 'pubsub-resources.json')
  writeFileSync(file, readFileSync(file, 'utf8').replace(pushConfig.pushEndpoint, 'http://a b/'))
  const second = start()
  second.publish(topic, bodiesOf([composeBody(Buffer.from('a'), {}, '')]))
  t.same(second.registry.backlog(), { [name]: 1 })
  t.equal(second.registry.attached(name).subscription.config.push?.endpoint, 'http://a b/')
  second.close()
  t.end()
})

t.test('a publisher is told that the disk is full; what was answered outlives a restart', async (t) => {
  const folder = folderOf(t)
  const open = async () => {
    const cloud = await startLocalCloud({ dataFolder: folder })
    const call = async (method: string, path: string, body: object) => {
      const response = await fetch(`http://127.0.0.1:${cloud.pubsubPort}/v1/projects/p/${path}`, {
        method,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
      return { status: response.status, body: (await response.json()) as { messageIds?: string[] } }
    }
    return { cloud, call }
  }
  const before = await open()
  await before.call('PUT', 'topics/topic', {})
  await before.call('PUT', 'subscriptions/sub', { topic: 'projects/p/topics/topic' })
  before.cloud.faults.set({ seed: 7, rules: [{ on: 'pubsub.disk', do: 'full', probability: 0.5 }] })
  let answered = 0
  for (let index = 0; index < 60; index++) {
    const data = Buffer.from(String(index)).toString('base64')
    const { status, body } = await before.call('POST', 'topics/topic:publish', { messages: [{ data }] })
    if (status === 200) answered++
    else
      t.match(
        { status, body },
        { status: 429, body: { error: { status: 'RESOURCE_EXHAUSTED', message: /no space/ } } },
      )
  }
  t.ok(answered > 10 && answered < 50, `${answered} of 60`)
  t.same(before.cloud.backlog(), { 'projects/p/subscriptions/sub': answered })
  before.cloud.faults.set({ rules: [{ on: 'pubsub.disk', do: 'full', every: 1 }] })
  t.equal((await before.call('PUT', 'topics/other', {})).status, 429)
  before.cloud.faults.clear()
  t.equal((await before.call('PUT', 'topics/other', {})).status, 200, 'what failed was not half done')
  await before.cloud.close()
  const after = await open()
  t.same(after.cloud.backlog(), { 'projects/p/subscriptions/sub': answered })
  await after.cloud.close()
})
