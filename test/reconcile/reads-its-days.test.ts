import { BigQuery } from '@google-cloud/bigquery'
import { destination } from '@tablestream/contract'
import { startLocalCloud } from '@tablestream/local-cloud'
import t from 'tap'
import { readLedger } from '@tablestream/ledger'
import { FIRST_MS, SINCE_MS, TYPES, type Sent } from './history.ts'
import { play } from './played.ts'
import { insert, letterRow, makeTables, publishedRow } from './tables.ts'

const DAY_MS = 86_400_000
const day = (offset: number): string => new Date(SINCE_MS + offset * DAY_MS).toISOString().slice(0, 10)
const sent = (event: object, fate: Sent['fate'], afterMs = 0): Sent => ({
  text: JSON.stringify({ event_type: TYPES[0], ...event }),
  attributes: {},
  afterMs,
  fate,
})

t.test('reconcile reads the days that its messages can be in, and no others', async (t) => {
  process.env['METADATA_SERVER_DETECTION'] = 'none'
  const cloud = await startLocalCloud()
  t.teardown(() => cloud.close())
  const bigquery = new BigQuery({ projectId: 'p', apiEndpoint: `http://127.0.0.1:${cloud.bigqueryPort}` })
  const dataset = 'dev_events_dataset'
  await makeTables(bigquery, dataset)
  const { published, letters, rows } = play(
    [
      sent({ event_id: 'a', timestamp: `${day(-2)}T12:00:00Z` }, 'lands', SINCE_MS - FIRST_MS),
      sent({ event_id: 'b', event_date: day(0) }, 'is lost'),
      sent({ event_id: 'c', event_date: day(0) }, 'letter'),
      sent({ n: 1 }, 'lands'),
      sent({ n: 2 }, 'is lost'),
    ],
    new Set(),
  )
  await insert(bigquery, dataset, 'published_messages', published.map(publishedRow))
  await insert(bigquery, dataset, 'dead_letters', letters.map(letterRow))
  for (const [table, some] of rows) await insert(bigquery, dataset, table, some)
  const ledger = () =>
    readLedger(bigquery, { projectId: 'p', dataset, topic: '' }, { since: new Date(SINCE_MS) })
  const before = await ledger()
  t.equal(before.missing.length, 2)
  t.ok(before.bytesRead > 0)
  t.ok(
    before.bytesBilled >= 10 * 2 ** 20 && before.bytesBilled % 2 ** 20 === 0,
    'each query is billed for 10 MB at least',
  )

  await t.test('rows, messages and dead letters of other days cost nothing', async (t) => {
    const table = destination(TYPES[0]).table
    const [row] = rows.get(table)!
    const others = [-300, -30, -5, -1, 2, 100].map((offset) => ({ ...row, event_date: day(offset) }))
    await insert(bigquery, dataset, table, others)
    const old = published.map((message) => ({
      ...message,
      millis: message.millis - 3 * DAY_MS,
      publishTime: new Date(message.millis - 3 * DAY_MS).toISOString(),
      messageId: `old ${message.messageId}`,
    }))
    await insert(bigquery, dataset, 'published_messages', old.map(publishedRow))
    await insert(
      bigquery,
      dataset,
      'dead_letters',
      old.map((of, index) => letterRow({ of, isForwarded: false }, 100 + index)),
    )
    const after = await ledger()
    t.equal(after.bytesRead, before.bytesRead)
    t.same(after.accounts, before.accounts)
  })
  await t.test('a row of a day that is read costs what it holds', async (t) => {
    await insert(bigquery, dataset, destination(TYPES[0]).table, [
      { event_id: 'another', event_date: day(0), _source: '', _fingerprint: '1' },
    ])
    const own = { day: 8, id: 2 + 'another'.length, source: 2, fingerprint: 8 }
    const bytes = Object.values(own).reduce((sum, each) => sum + each)
    t.equal((await ledger()).bytesRead, before.bytesRead + bytes)
  })
})
