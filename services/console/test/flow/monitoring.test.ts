import t, { type Test } from 'tap'
import { MinuteKeeper } from '../../src/flow/minute-keeper.ts'
import { readMinutes } from '../../src/flow/monitoring.ts'
import { tellMinutes } from '../../src/flow/tell-minutes.ts'
import { build } from '../build.ts'

const NOW = Date.parse('2026-11-29T10:05:30Z')
const minute = (text: string) => Date.parse(`2026-11-29T10:${text}:00Z`)

/** As projects.timeSeries.list answers: 64-bit numbers as text, the newest point first. */
const series = (metric: string, points: Readonly<Record<string, string>>) => ({
  timeSeries: [
    {
      metric: { type: metric },
      resource: { type: 'pubsub_topic', labels: { project_id: 'p' } },
      metricKind: 'DELTA',
      valueType: 'INT64',
      points: Object.entries(points)
        .map(([at, int64Value]) => ({
          interval: { startTime: `2026-11-29T10:0${Number(at) - 1}:00Z`, endTime: `2026-11-29T10:${at}:00Z` },
          value: { int64Value },
        }))
        .toReversed(),
    },
  ],
  unit: '1',
})
const ANSWERS: Readonly<Record<string, object>> = {
  'send_message_operation_count" AND resource.type="pubsub_topic" AND resource.labels.topic_id="events"':
    series('send_message_operation_count', { '02': '120', '03': '60' }),
  'ack_message_count" AND resource.type="pubsub_subscription" AND resource.labels.subscription_id="writer"':
    series('ack_message_count', { '02': '90' }),
  'num_undelivered_messages" AND resource.type="pubsub_subscription" AND resource.labels.subscription_id="writer"':
    series('num_undelivered_messages', { '02': '30', '03': '7' }),
  'oldest_unacked_message_age" AND resource.type="pubsub_subscription" AND resource.labels.subscription_id="writer"':
    series('oldest_unacked_message_age', { '02': '45' }),
  // nobody ever published there: there is no series
  'send_message_operation_count" AND resource.type="pubsub_topic" AND resource.labels.topic_id="dead"': {},
}

function monitoring(status = 200) {
  const asked: URL[] = []
  const ask = async (url: string, init?: RequestInit) => {
    if (url.includes('metadata.google.internal'))
      return Response.json({ access_token: 'a-token', expires_in: 3599 })
    const { searchParams } = new URL(url)
    asked.push(new URL(url))
    const isKnown = new Headers(init?.headers).get('authorization') === 'Bearer a-token'
    if (!isKnown) return new Response('no token', { status: 401 })
    const filter = searchParams.get('filter')!
    const [, answer] = Object.entries(ANSWERS).find(([part]) => filter.endsWith(part))!
    return status === 200
      ? Response.json(answer)
      : Response.json({ error: { status: 'PERMISSION_DENIED' } }, { status })
  }
  return { asked, ask }
}
const names = { topic: 'events', subscription: 'writer', deadLetterTopic: 'dead' }
const read = (from: ReturnType<typeof monitoring>) =>
  readMinutes({ ...names, projectId: 'p', token: async () => 'a-token', ask: from.ask }, NOW)

t.test('each minute has what Pub/Sub counted in it, the oldest first', async (t) => {
  t.same(await read(monitoring()), [
    { at: minute('02'), published: 120, acknowledged: 90, deadLetters: 0, waiting: 30, oldestSeconds: 45 },
    { at: minute('03'), published: 60, acknowledged: 0, deadLetters: 0, waiting: 7, oldestSeconds: null },
  ])
})

t.test('it asks for whole minutes of the last hour, and for sums of all series', async (t) => {
  const from = monitoring()
  await read(from)
  t.equal(from.asked.length, 5)
  for (const { pathname, searchParams } of from.asked) {
    t.equal(pathname, '/v3/projects/p/timeSeries')
    t.match(Object.fromEntries(searchParams), {
      'interval.startTime': '2026-11-29T09:05:00.000Z',
      'interval.endTime': '2026-11-29T10:05:00.000Z',
      'aggregation.alignmentPeriod': '60s',
      'aggregation.crossSeriesReducer': 'REDUCE_SUM',
    })
    const isGauge = /num_undelivered|oldest_unacked/.test(searchParams.get('filter')!)
    t.equal(searchParams.get('aggregation.perSeriesAligner'), isGauge ? 'ALIGN_MAX' : 'ALIGN_DELTA')
  }
})

t.test('where nothing was published there are no minutes', async (t) => {
  const ask = async () => Response.json({})
  t.same(await readMinutes({ ...names, projectId: 'p', token: async () => '', ask }, NOW), [])
})

t.test('minutes are kept, and asked for again when they are old and somebody looks', async (t) => {
  let [now, reads] = [NOW, 0]
  const one = {
    at: minute('02'),
    published: 1,
    acknowledged: 1,
    deadLetters: 0,
    waiting: 0,
    oldestSeconds: null,
  }
  const keeper = new MinuteKeeper({
    read: async () => (reads++ === 1 ? Promise.reject(new Error('403')) : [one]),
    now: () => now,
  })
  await keeper.refresh()
  t.same([keeper.get(), reads], [{ minutes: [one], problem: undefined }, 1])
  now += 31_000
  keeper.get()
  t.equal(reads, 2, 'it is time')
  await new Promise(setImmediate)
  t.same(keeper.get(), { minutes: [one], problem: '403' }, 'what is known is shown beside what is wrong')
  t.equal(keeper.at, minute('02'))
})

t.test('who waits for the minutes gets those of now, and who asks meanwhile gets the same', async (t) => {
  let [now, reads] = [NOW, 0]
  const one = (waiting: number) => ({
    at: minute('02'),
    published: 1,
    acknowledged: 1,
    deadLetters: 0,
    waiting,
    oldestSeconds: 0,
  })
  const keeper = new MinuteKeeper({ read: async () => [one(++reads)], now: () => now })
  t.match(await Promise.all([keeper.fresh(), keeper.fresh()]), [[{ waiting: 1 }], [{ waiting: 1 }]])
  t.match(await keeper.fresh(), [{ waiting: 1 }])
  now += 31_000
  t.match(await keeper.fresh(), [{ waiting: 2 }])
})

t.test('the flow has rates of the newest minute, and no end that Pub/Sub does not know', (t) => {
  const minutes = [
    { at: minute('02'), published: 120, acknowledged: 90, deadLetters: 6, waiting: 30, oldestSeconds: null },
    { at: minute('03'), published: 60, acknowledged: 30, deadLetters: 0, waiting: null, oldestSeconds: null },
  ]
  const parts = { ledger: { kept: undefined, problem: undefined }, marks: [], now: NOW }
  const flow = tellMinutes({ ...parts, minutes: { minutes, problem: undefined } })
  t.match(flow.now, { received_total: 180, dead_letters_total: 6, received_rate: 1, landed_rate: null })
  t.match(flow.curves, {
    received: [2, 1],
    acknowledged: [1.5, 0.5],
    landed: [null, null],
    dead_letters: [0.1, 0],
    waiting: [30, null],
  })
  t.same(tellMinutes({ ...parts, after: minute('02'), minutes: { minutes, problem: '403' } }), {
    ...flow,
    services: [{ name: 'Cloud Monitoring', ok: false, problem: '403' }],
    curves: {
      ...flow.curves,
      times: [minute('03') / 1000],
      received: [1],
      acknowledged: [0.5],
      landed: [null],
      duplicates: [null],
      dead_letters: [0],
      waiting: [null],
    },
  })
  t.end()
})

async function flowOf(t: Test, from: ReturnType<typeof monitoring>) {
  const { app } = await build(t, { ask: from.ask, now: () => NOW, settings: { monitored: names } })
  const flow = async () => (await app.inject('/api/flow')).json<Record<string, unknown>>()
  await flow()
  for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate)
  return flow()
}

t.test('a console that is told to asks Monitoring with a token of its account', async (t) => {
  t.match(await flowOf(t, monitoring()), {
    figures: 'monitoring',
    at: '2026-11-29T10:03:00.000Z',
    services: [],
    curves: { received: [2, 1] },
  })
})

t.test('what Monitoring refuses is told on the page', async (t) => {
  t.match(await flowOf(t, monitoring(403)), {
    services: [
      { name: 'Cloud Monitoring', ok: false, problem: /Cloud Monitoring answered 403: .*PERMISSION_DENIED/ },
    ],
    curves: { times: [] },
  })
})
