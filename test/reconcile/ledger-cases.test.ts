import { BigQuery } from '@google-cloud/bigquery'
import { startLocalCloud } from '@tablestream/local-cloud'
import t, { type Test } from 'tap'
import { readLedger } from '../../scripts/accounts.ts'
import { hardMessagesQuery, typesAndDaysQuery } from '../../scripts/ledger-query.ts'
import { keysQuery } from '../../scripts/message-keys.ts'
import { insert, makeTables } from './tables.ts'

const PROJECT = 'p'
const PUBLISHED = Date.parse('2026-03-04T05:06:07Z')
const SINCE = new Date(PUBLISHED - 3_600_000)

type Attributes = Readonly<Record<string, string>>

const rowOf = (id: string, data: string | null, attributes: Attributes = {}): object => ({
  message_id: id,
  publish_time: new Date(PUBLISHED).toISOString(),
  data: data === null ? null : Buffer.from(data).toString('base64'),
  attributes: JSON.stringify(attributes),
})

async function open(t: Test) {
  process.env['METADATA_SERVER_DETECTION'] = 'none'
  const cloud = await startLocalCloud()
  t.teardown(() => cloud.close())
  const bigquery = new BigQuery({ projectId: PROJECT, apiEndpoint: `http://127.0.0.1:${cloud.bigqueryPort}` })
  const dataset = 'dev_events_dataset'
  await makeTables(bigquery, dataset)
  const name = (table: string) => `\`${PROJECT}.${dataset}.${table}\``
  return {
    name,
    put: (table: string, ...rows: object[]) => insert(bigquery, dataset, table, rows),
    query: async (query: string) => {
      const [rows] = await bigquery.query({ query, params: { since: SINCE.toISOString() } })
      return rows as Record<string, unknown>[]
    },
    ledger: () => readLedger(bigquery, { projectId: PROJECT, dataset, topic: '' }, { since: SINCE }),
  }
}

t.test('a key with an escape is hard only where its letter may be one of ours', async (t) => {
  const { name, put, query } = await open(t)
  await put(
    'published_messages',
    rowOf('umlauts', String.raw`{"event_type":"x","gr\u00f6\u00dfe":1,"\u4f60":2}`),
    rowOf('a value', String.raw`{"event_type":"x","a":"\u0041"}`),
    rowOf('ours', String.raw`{"event_\u0074ype":"x"}`),
    rowOf('ours in capitals', String.raw`{"\u006Frder_date":"2026-03-04"}`),
  )
  const hard = await query(hardMessagesQuery(name, 'TRUE', 10))
  t.same(hard.map((row) => String(row['message_id'])).toSorted(), ['ours', 'ours in capitals'])
})

t.test('what is no day brings no row of its own', async (t) => {
  const { name, put, query } = await open(t)
  const times = ['1732875123456', '1732875123999', 'some text', '01JDWZ3K6Q0000000000000000', '2026-03-01']
  await put(
    'published_messages',
    ...times.map((time, n) => rowOf(String(n), JSON.stringify({ event_type: 'x', timestamp: time }))),
  )
  const days = (await query(typesAndDaysQuery(keysQuery(name, [])))).map((row) => String(row['day']))
  t.same(days.toSorted(), ['2026-03-01', '2026-03-04'])
})

t.test('a message without data is in the account as well', async (t) => {
  const { put, ledger } = await open(t)
  await put('published_messages', rowOf('1', null), rowOf('2', ''))
  const { accounts, missing } = await ledger()
  t.match(accounts, [{ messages: 2, missing: 2 }])
  t.equal(accounts.length, 1)
  t.same(missing.map(({ messageId }) => messageId).toSorted(), ['1', '2'])
})

t.test('a dead letter of which a part is not there is no end of its message', async (t) => {
  const { put, ledger } = await open(t)
  const part = (of: string, n: number): object =>
    rowOf(`letter ${of} ${n}`, 'x', {
      'dead-letter-reason': 'row_refused',
      'dead-letter-message-id': of,
      'dead-letter-part': String(n),
      'dead-letter-parts': '2',
    })
  await put('published_messages', rowOf('whole', 'one'), rowOf('half', 'other'))
  await put('dead_letters', part('whole', 1), part('whole', 2), part('half', 1), part('half', 1))
  const { accounts, missing } = await ledger()
  t.match(accounts, [{ messages: 2, deadLettered: 1, missing: 1 }])
  t.match(missing, [{ messageId: 'half' }])
})
