import { BigQuery } from '@google-cloud/bigquery'
import t from 'tap'
import { asAfterKill, drain, message, openPubSub, temporaryFolder } from '../open-pubsub.ts'

const DAY = 86_400_000

interface Asked {
  readonly status: number
  readonly body: {
    readonly now: string
    readonly offsetMs: number
    readonly error?: { readonly message: string }
  }
}

async function ask(port: number, method: string, path: string, body?: object): Promise<Asked> {
  const response = await fetch(`http://127.0.0.1:${port}/local-cloud/clock${path}`, {
    method,
    ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  })
  return { status: response.status, body: (await response.json()) as Asked['body'] }
}

t.test('the clock moves on by what is said: SQL and what Pub/Sub retains see it', async (t) => {
  const opened = await openPubSub(t)
  const { cloud, call } = opened
  await call('PUT', 'topics/topic')
  await call('PUT', 'subscriptions/sub', {
    topic: 'projects/p/topics/topic',
    messageRetentionDuration: '600s',
  })
  await call('POST', 'topics/topic:publish', { messages: [message('old')] })
  const before = Date.now()
  const moved = await ask(cloud.pubsubPort, 'POST', ':advance', { ms: DAY })
  t.equal(moved.status, 200)
  t.equal(moved.body.offsetMs, DAY)
  t.ok(Date.parse(moved.body.now) >= before + DAY)
  await call('POST', 'topics/topic:publish', { messages: [message('new')] })
  t.same(await drain(opened, 'sub'), ['new'], 'what is older than the retention is gone')

  const bigquery = new BigQuery({ projectId: 'p', apiEndpoint: `http://127.0.0.1:${cloud.bigqueryPort}` })
  const [[row]] = (await bigquery.query('SELECT UNIX_MILLIS(CURRENT_TIMESTAMP()) AS now')) as unknown as [
    [{ now: number }],
  ]
  t.ok(row.now >= before + DAY, 'SQL')
  t.equal((await ask(cloud.bigqueryPort, 'GET', '')).body.offsetMs, DAY, 'every port tells it')
  const set = await ask(cloud.pubsubPort, 'PUT', '', { now: '2031-05-01T00:00:00Z' })
  t.match(set.body.now, /^2031-05-01T00:0/)
  const [[day]] = await bigquery.query('SELECT CURRENT_DATE() AS day')
  t.match(day, { day: { value: '2031-05-01' } })
  t.equal((await ask(cloud.pubsubPort, 'DELETE', '')).body.offsetMs, 0)
})

t.test('a time that is none is refused with its rule and value', async (t) => {
  const { cloud } = await openPubSub(t)
  const cases: readonly (readonly [method: string, path: string, body: object, message: RegExp])[] = [
    ['PUT', '', { now: 'tomorrow' }, /now is a time from 1970 to 9999 in ISO 8601; but it is "tomorrow"/],
    [
      'PUT',
      '',
      { now: '2030-01-01T00:00:00Z', zone: 'x' },
      /a body with now alone; but it is \{"zone":"…"\}/,
    ],
    ['POST', ':advance', { ms: -1 }, /ms is a number of milliseconds from 0, .*; but it is -1/],
    ['POST', ':advance', {}, /ms is a number of milliseconds/],
  ]
  for (const [method, path, body, wanted] of cases) {
    const { status, body: answer } = await ask(cloud.pubsubPort, method, path, body)
    t.equal(status, 400)
    t.match(answer.error?.message, wanted)
  }
})

t.test('a clock that was moved is right again after a kill', async (t) => {
  const folder = temporaryFolder(t)
  const { cloud } = await openPubSub(t, { dataFolder: folder })
  await ask(cloud.pubsubPort, 'POST', ':advance', { ms: DAY })
  const again = await openPubSub(t, { dataFolder: asAfterKill(t, folder) })
  const bigquery = new BigQuery({
    projectId: 'p',
    apiEndpoint: `http://127.0.0.1:${again.cloud.bigqueryPort}`,
  })
  const [[row]] = (await bigquery.query('SELECT UNIX_MILLIS(CURRENT_TIMESTAMP()) AS now')) as unknown as [
    [{ now: number }],
  ]
  t.ok(row.now < Date.now() + DAY / 2)
})

t.test('a test in the same process moves it, too', async (t) => {
  const { cloud } = await openPubSub(t)
  await cloud.clock.advance(DAY)
  t.equal((await ask(cloud.pubsubPort, 'GET', '')).body.offsetMs, DAY)
  await cloud.clock.set(Date.UTC(2031, 4, 1))
  t.match((await ask(cloud.pubsubPort, 'GET', '')).body.now, /^2031-05-01T00:0/)
  t.ok(cloud.clock.now() >= Date.UTC(2031, 4, 1))
})
