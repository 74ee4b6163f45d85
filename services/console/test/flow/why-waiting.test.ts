import t from 'tap'
import { Sampler } from '../../src/flow/sampler.ts'
import { whyByMonitoring, whyByWriters } from '../../src/flow/why-waiting.ts'

const STEP_MS = 5000

/** A sampler that was told these figures, one every five seconds; undefined: no answer. */
async function sampled(texts: readonly (string | undefined)[]) {
  let at = 0
  const left = [...texts]
  const sampler = new Sampler({
    sources: [{ name: 'stream-writer', url: 'http://w' }],
    read: async () => left.shift() ?? Promise.reject(new Error('no answer')),
    now: () => (at += STEP_MS),
  })
  for (const _ of texts) await sampler.sample()
  return sampler
}
const parked = (table: string, events: number) => `tablestream_events_parked{table="${table}"} ${events}`
const givenBack = (table: string, messages: number) =>
  `tablestream_messages_given_back_total{table="${table}"} ${messages}`
const orders = (published: number, now: number) => ({ table: 'orders', published, now })

t.test('a message of a table for which events wait may be one of them', async (t) => {
  const figures = await sampled([parked('orders', 0), parked('orders', 3)])
  t.match(
    whyByWriters(figures, orders(0, 10_000)),
    /table orders wait for the table or a column of it: 3 now/,
  )
  t.equal(whyByWriters(figures, { table: 'visits', published: 0, now: 10_000 }), undefined)
})

t.test('a message may have been given back after it was published, for ten minutes', async (t) => {
  const figures = await sampled([givenBack('orders', 1), givenBack('orders', 1), givenBack('orders', 2)])
  t.match(
    whyByWriters(figures, orders(12_000, 300_000)),
    /^at 1970-01-01T00:00:15Z the writers gave messages/,
  )
  t.equal(whyByWriters(figures, orders(16_000, 300_000)), undefined, 'it was published later')
  t.equal(whyByWriters(figures, orders(12_000, 15_000 + 661_000)), undefined, 'it would have come again')
  t.equal(whyByWriters(figures, { ...orders(12_000, 300_000), table: '' }), undefined, 'of another table')
})

t.test('tables that the writers count together are told together', async (t) => {
  const figures = await sampled([parked('other', 2)])
  t.match(whyByWriters(figures, orders(0, 10_000)), /table other wait/)
})

t.test('where no writer answers Pub/Sub keeps what was published since', async (t) => {
  const figures = await sampled([parked('orders', 3), undefined])
  t.match(
    whyByWriters(figures, orders(6000, 200_000)),
    /no stream-writer has answered since 1970-01-01T00:00:05Z/,
  )
  const later = await sampled([...Array.from({ length: 100 }, () => parked('orders', 3)), undefined])
  t.equal(whyByWriters(later, orders(6000, 900_000)), undefined, 'it was published long before')
  t.equal(whyByWriters(await sampled([undefined]), orders(0, 200_000)), undefined, 'nothing is known')
})

const minute = (at: number, waiting: number, oldestSeconds: number | null) => ({
  at: at * 60_000,
  published: 0,
  acknowledged: 0,
  deadLetters: 0,
  waiting,
  oldestSeconds,
})

t.test('by Monitoring a message waits if one as old is not acknowledged', (t) => {
  const minutes = [minute(9, 5, 30), minute(10, 7, 240), minute(11, 7, null)]
  const at = (minutesAfter: number) => ({ table: '', published: minutesAfter * 60_000, now: 0 })
  t.match(
    whyByMonitoring(minutes, at(6)),
    /^Pub\/Sub keeps 7 messages for the writers at 1970-01-01T00:10:00Z/,
  )
  t.match(whyByMonitoring(minutes, at(12)), /^Pub\/Sub keeps/, 'what came later stands behind it')
  t.match(whyByMonitoring(minutes, at(5)), /^Pub\/Sub keeps/, 'it was looked at some time in that minute')
  t.equal(whyByMonitoring(minutes, at(4.9)), undefined, 'an older one is acknowledged')
  t.equal(whyByMonitoring([minute(10, 0, 0)], at(9)), undefined, 'none is left')
  t.equal(whyByMonitoring([], at(9)), undefined)
  t.end()
})
