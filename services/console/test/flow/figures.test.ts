import t from 'tap'
import { quantile } from '../../src/flow/quantile.ts'
import { readSamples } from '../../src/flow/prometheus-text.ts'
import { Sampler } from '../../src/flow/sampler.ts'
import { tellFlow } from '../../src/flow/tell-flow.ts'

const metrics = (landed: number, parked = 0) => `# HELP x
tablestream_messages_received_total ${landed}
tablestream_messages_held 0
tablestream_events_landed_total{table="orders"} ${landed}
tablestream_events_dead_lettered_total{table="",reason="not_json"} 1
tablestream_events_parked{table="orders"} ${parked}
tablestream_landing_seconds_bucket{le="0.1",table="orders"} ${landed}
tablestream_landing_seconds_bucket{le="+Inf",table="orders"} ${landed}
`

function sampled(texts: readonly string[]) {
  let at = 0
  const left = [...texts]
  const sampler = new Sampler({
    sources: [{ name: 'stream-writer', url: 'http://w' }],
    read: async () => {
      const text = left.shift()
      if (text === undefined || text === '') throw new Error('no answer')
      return text
    },
    now: () => (at += 5000),
  })
  return sampler
}
const flowOf = (sampler: Sampler) =>
  tellFlow({ sampler, ledger: { kept: undefined, problem: undefined }, marks: [], now: 0 })

t.test('labels are read with their escapes, and other metrics are passed over', (t) => {
  const text = 'a{table="x\\"y\\\\\\n"} 1\nb 2\na_bucket{le="+Inf"} +Inf\n'
  t.same(readSamples(text, new Set(['a', 'a_bucket'])), [
    { name: 'a', labels: { table: 'x"y\\\n' }, value: 1 },
    { name: 'a_bucket', labels: { le: '+Inf' }, value: Infinity },
  ])
  t.end()
})

t.test('sums are those of the writers, rates those of the last seconds', async (t) => {
  const sampler = sampled([metrics(100), metrics(150), metrics(250)])
  for (let count = 0; count < 3; count++) await sampler.sample()
  const { now, curves, tables } = flowOf(sampler)
  t.match(now, { landed_total: 250, dead_letters_total: 1, landed_rate: 15 })
  t.same(curves.landed, [10, 20])
  t.match(tables[0], { table: 'orders', event_type: 'order', landed_total: 250, p50_seconds: 0.05 })
})

t.test(
  'a writer that was started anew takes nothing away, and one that does not answer is named',
  async (t) => {
    const sampler = sampled([metrics(100), metrics(20), ''])
    for (let count = 0; count < 3; count++) await sampler.sample()
    const { curves, services } = flowOf(sampler)
    t.same(curves.landed, [4, 0])
    t.same(services, [{ name: 'stream-writer', ok: false, problem: 'no answer' }])
  },
)

t.test('a table is stuck since events wait there and nothing lands', async (t) => {
  const sampler = sampled([metrics(1, 0), metrics(1, 3), metrics(1, 3), metrics(1, 3)])
  for (let count = 0; count < 4; count++) await sampler.sample()
  t.same(flowOf(sampler).stuck, [{ table: 'orders', waiting: 3, since: new Date(10_000).toISOString() }])
})

const latency = (counts: Readonly<Record<string, number>>) =>
  Object.entries(counts)
    .map(([edge, count]) => `tablestream_landing_seconds_bucket{le="${edge}",table="orders"} ${count}`)
    .join('\n')

t.test('where nothing was quick, what is slow is told from the edge below it', async (t) => {
  const none = latency({ '0.1': 0, '0.5': 0, '1': 0, '+Inf': 0 })
  const sampler = sampled([none, latency({ '0.1': 0, '0.5': 0, '1': 10, '+Inf': 10 })])
  for (let count = 0; count < 2; count++) await sampler.sample()
  const { tables, curves } = flowOf(sampler)
  t.match(tables[0], { table: 'orders', p50_seconds: 0.75, p99_seconds: 0.995 })
  t.same([curves.p50_by_table, curves.p99_by_table], [{}, {}], 'no row is told: it has no curve')
})

t.test('a writer that was started anew and passed one of its old sums is told whole', async (t) => {
  const landed = (count: number) => `tablestream_events_landed_total{table="orders"} ${count}\n`
  const before = landed(10) + latency({ '0.5': 10, '+Inf': 10 })
  const sampler = sampled([before, before, landed(4) + latency({ '0.5': 6, '+Inf': 12 })])
  for (let count = 0; count < 3; count++) await sampler.sample()
  const { tables, curves } = flowOf(sampler)
  t.same(curves.landed, [0, 0.8])
  t.equal(tables[0]!.p50_seconds, 0.5, 'half of all twelve')
})

t.test(
  'each event of the stream has the same tables in its curves, whichever of them had rows since',
  async (t) => {
    const landed = (orders: number, visits: number) =>
      `tablestream_events_landed_total{table="orders"} ${orders}
tablestream_events_landed_total{table="visits"} ${visits}`
    const sampler = sampled([landed(0, 0), landed(10, 5), landed(10, 10)])
    for (let count = 0; count < 3; count++) await sampler.sample()
    const { landed_by_table: curves } = tellFlow({
      sampler,
      ledger: { kept: undefined, problem: undefined },
      marks: [],
      now: 0,
      after: 10_000,
    }).curves
    t.same(curves, { orders: [0], visits: [1] })
  },
)

t.test('a share of the appends is between the edges of its bucket', (t) => {
  t.equal(
    quantile(
      new Map([
        [0.1, 10],
        [0.5, 20],
        [Infinity, 20],
      ]),
      0.75,
    ),
    0.3,
  )
  t.equal(quantile(new Map(), 0.5), null)
  t.end()
})
