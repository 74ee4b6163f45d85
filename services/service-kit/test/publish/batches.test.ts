import { setImmediate as turn } from 'node:timers/promises'
import t from 'tap'
import { Batches } from '../../src/publish/batches.ts'
import type { OutgoingMessage } from '../../src/publish/event-message.ts'
import { MessageRefused } from '../../src/publish/message-refused.ts'

const messages = (count: number, from = 0, bytes?: number): OutgoingMessage[] =>
  Array.from({ length: count }, (_, n) => ({
    data: bytes === undefined ? Buffer.from(String(from + n)) : Buffer.alloc(bytes),
    attributes: {},
  }))

/** Requests that are answered when they are told to. */
function server() {
  const asked: { readonly sizes: number; readonly answer: (error?: Error) => void }[] = []
  const batches = new Batches(
    (batch) =>
      new Promise((resolve, reject) =>
        asked.push({
          sizes: batch.length,
          answer: (error) =>
            error ? reject(error) : resolve(batch.map(({ data }) => `id ${data.toString()}`)),
        }),
      ),
  )
  return { asked, batches, sizes: () => asked.map(({ sizes }) => sizes) }
}

t.test(
  'what comes in one turn goes in one request; with several under way it waits for an answer',
  async (t) => {
    const { asked, batches, sizes } = server()
    const calls = [batches.publish(messages(2)), batches.publish(messages(1, 2))]
    await turn()
    for (const from of [3, 4]) {
      calls.push(batches.publish(messages(1, from)))
      await turn()
    }
    t.same(sizes(), [3, 1, 1])
    calls.push(batches.publish(messages(1, 5)), batches.publish(messages(2, 6)))
    await turn()
    t.same(sizes(), [3, 1, 1], 'three are under way: little waits')
    asked[0]!.answer()
    t.same(await Promise.all(calls.slice(0, 2)), [['id 0', 'id 1'], ['id 2']])
    await turn()
    t.same(sizes(), [3, 1, 1, 3])
    for (const { answer } of asked.slice(1)) answer()
    t.same(await calls.at(-1), ['id 6', 'id 7'])
    await batches.settled()
  },
)

t.test('a large call goes in several requests, and has its ids in order', async (t) => {
  const { asked, batches, sizes } = server()
  const call = batches.publish(messages(4500))
  await turn()
  t.same(sizes(), [1000, 1000, 1000, 1000], 'no more at a time')
  for (const each of asked.slice(0, 4).toReversed()) each.answer()
  await turn()
  t.same(sizes().slice(4), [500])
  asked[4]!.answer()
  t.same(
    await call,
    Array.from({ length: 4500 }, (_, n) => `id ${n}`),
  )
})

t.test('requests stay under the limit of bytes', async (t) => {
  const { asked, batches, sizes } = server()
  void batches.publish(messages(5, 0, 4_000_000))
  void batches.publish(messages(1, 0, 9_900_000))
  await turn()
  asked.forEach(({ answer }) => answer())
  await turn()
  asked.forEach(({ answer }) => answer())
  t.same(sizes(), [2, 2, 1, 1])
})

t.test('a failure is told to the calls that it befalls, and to no other', async (t) => {
  const { asked, batches } = server()
  const first = batches.publish(messages(1))
  await turn()
  const second = batches.publish(messages(1, 1))
  asked[0]!.answer(new Error('no such topic'))
  await t.rejects(first, { message: 'no such topic' })
  await turn()
  asked[1]!.answer()
  t.same(await second, ['id 1'])
  t.same(await batches.publish([]), [])
})

t.test('what attributes weigh counts', async (t) => {
  const { asked, batches, sizes } = server()
  const attributes = Object.fromEntries(Array.from({ length: 90 }, (_, n) => [`ce-a${n}`, 'é'.repeat(512)]))
  void batches.publish(messages(200).map(({ data }) => ({ data, attributes })))
  await turn()
  for (let answered = 0; answered < asked.length; answered++) {
    asked[answered]!.answer()
    await turn()
  }
  t.equal(
    sizes().reduce((sum, size) => sum + size, 0),
    200,
  )
  const weight = 90 * (1024 + 4)
  t.ok(Math.max(...sizes()) * weight < 10_000_000, 'no request is larger than Pub/Sub takes')
})

t.test(
  'a request that is refused for what is in it is halved until the guilty call stands alone',
  async (t) => {
    const refused = Object.assign(new Error('3 INVALID_ARGUMENT: bad attribute'), { code: 3 })
    const sent: string[][] = []
    const batches = new Batches((batch) => {
      const texts = batch.map(({ data }) => data.toString())
      sent.push(texts)
      return texts.includes('7')
        ? Promise.reject(refused)
        : Promise.resolve(texts.map((text) => `id ${text}`))
    })
    const calls = [0, 1, 2, 3, 4, 5].map((n) => batches.publish(messages(2, 2 * n)))
    const results = await Promise.allSettled(calls)
    results.forEach((result, n) => {
      if (n === 3) {
        t.equal(result.status, 'rejected')
        const { reason } = result as PromiseRejectedResult
        t.ok(reason instanceof MessageRefused)
        t.match(reason, { message: /bad attribute/, cause: refused })
      } else t.same(result, { status: 'fulfilled', value: [`id ${2 * n}`, `id ${2 * n + 1}`] })
    })
    const taken = sent.filter((texts) => !texts.includes('7')).flat()
    t.equal(new Set(taken).size, taken.length, 'nothing was published twice')
    await batches.settled()
  },
)

t.test('who publishes much may let others go first, before each request', async (t) => {
  const went: string[] = []
  const batches = new Batches(
    (batch) => {
      went.push(`sent ${batch.length}`)
      return Promise.resolve(batch.map(() => 'id'))
    },
    2,
    () => went.push('rest'),
  )
  await batches.publish(messages(3))
  t.same(went, ['rest', 'sent 2', 'rest', 'sent 1'])
})
