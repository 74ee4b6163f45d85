import { BigQuery } from '@google-cloud/bigquery'
import { startLocalCloud } from '@tablestream/local-cloud'
import t from 'tap'
import { poll } from '../../scripts/poll.ts'
import { startConsole } from './console-process.ts'
import { createDevResources } from './dev-resources.ts'
import { DATASET, PROJECT } from './pipeline.ts'

interface Answer {
  readonly found_by: string
  readonly events: readonly {
    readonly event_type: string
    readonly source: string
    readonly messages: readonly { readonly message_id: string; readonly end: string }[]
    readonly rows: readonly { readonly partition: string; readonly row: Record<string, unknown> }[]
  }[]
}

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const now = Date.now()
/** Hours before now, RFC 3339. */
const ago = (hours: number) => new Date(now - hours * HOUR_MS).toISOString()
/** An hour of a day before today, UTC: what is of one day is so at whichever hour this runs. */
const at = (daysAgo: number, hour: number) =>
  new Date(Math.floor(now / DAY_MS - daysAgo) * DAY_MS + hour * HOUR_MS).toISOString()
const dayOf = (time: string) => time.slice(0, 10)

interface Message {
  readonly id: string
  readonly time: string
  readonly text: string
  readonly attributes?: Readonly<Record<string, string>>
}

interface Landed {
  readonly table?: string
  readonly id: string
  readonly time: string
  readonly text: string
  readonly source?: string
}

/** The record, the tables and the console over them: what would take days to come is written down. */
async function openConsole() {
  process.env['METADATA_SERVER_DETECTION'] = 'none'
  const cloud = await startLocalCloud()
  await createDevResources(cloud)
  const bigquery = new BigQuery({ projectId: PROJECT, apiEndpoint: `http://127.0.0.1:${cloud.bigqueryPort}` })
  const create = async (table: string) => {
    await bigquery.query(`CREATE TABLE ${DATASET}.${table} (event_id STRING, event_date DATE, processed_timestamp TIMESTAMP,
      _unmapped JSON, _source STRING, _fingerprint INT64, event_type STRING, n INT64)
      PARTITION BY event_date OPTIONS (require_partition_filter = TRUE)`)
  }
  for (const table of ['visit', 'call']) await create(table)
  const { url, service } = await startConsole(cloud, { env: { SINCE_HOURS: '96' } })
  return {
    create,
    published: async ({ id, time, text, attributes = {} }: Message) => {
      const params = {
        id,
        time,
        data: Buffer.from(text).toString('base64'),
        attributes: JSON.stringify(attributes),
      }
      const query = `INSERT INTO ${DATASET}.published_messages (subscription_name, message_id, publish_time, data, attributes)
        VALUES ('s', @id, TIMESTAMP(@time), FROM_BASE64(@data), PARSE_JSON(@attributes))`
      await bigquery.query({ query, params })
    },
    landed: async ({ table = 'visit', id, time, text, source = '/s' }: Landed) => {
      const params = { id, time, day: dayOf(time), source, text }
      const query = `INSERT INTO ${DATASET}.${table} (event_id, event_date, processed_timestamp, _source, _fingerprint, event_type)
        VALUES (@id, CAST(@day AS DATE), TIMESTAMP(@time), @source, FARM_FINGERPRINT(@text), '${table}')`
      await bigquery.query({ query, params })
    },
    find: async (id: string): Promise<Answer> => {
      const response = await fetch(`${url}/api/events/${encodeURIComponent(id)}`)
      const text = await response.text()
      if (!response.ok) throw new Error(text)
      return JSON.parse(text) as Answer
    },
    paste: async (text: string): Promise<Answer> => {
      const { token } = (await (await fetch(`${url}/api/session`)).json()) as { token: string }
      const response = await fetch(`${url}/api/events/find`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-console-token': token },
        body: JSON.stringify({ text }),
      })
      return (await response.json()) as Answer
    },
    close: async () => {
      await service.stop()
      await cloud.close()
    },
  }
}

const endsOf = ({ events }: Answer) =>
  Object.fromEntries(events.flatMap(({ messages }) => messages.map(({ message_id: id, end }) => [id, end])))

t.test('an event is found, whatever its id and its time are, and however little is left of it', async (t) => {
  const { create, published, landed, find, paste, close } = await openConsole()
  t.teardown(close)

  for (const { of, id, days } of [
    { of: 'one day', id: 'one-day', days: [2, 2, 2] },
    { of: 'three days', id: 'three-days', days: [3, 2, 1] },
  ] as const)
    await t.test(`of several events of ${of} with one id each is told, with its own end`, async (t) => {
      const visit = `{"event_type":"visit","event_id":"${id}","n":1}`
      const call = `{"event_type":"call","event_id":"${id}","n":1}`
      const each = [
        { table: 'visit', text: visit, source: '/s', time: at(days[0], 2) },
        { table: 'visit', text: visit, source: '/other', time: at(days[1], 12) },
        { table: 'call', text: call, source: '/s', time: at(days[2], 22) },
      ]
      for (const [n, { text, source, time }] of each.entries())
        await published({ id: `${id}-${n}`, time, text, attributes: { 'ce-source': source } })
      for (const event of each) await landed({ id, ...event })
      const answer = await find(id)
      const told = answer.events.map((event) => [event.event_type, event.source, event.rows.length])
      t.same(new Set(told.map(String)), new Set(['call,/s,1', 'visit,/other,1', 'visit,/s,1']))
      t.same(endsOf(answer), { [`${id}-0`]: 'landed', [`${id}-1`]: 'landed', [`${id}-2`]: 'landed' })
    })

  await t.test(
    'an event without a day that comes again after midnight is a duplicate of its row',
    async (t) => {
      const text = '{"event_type":"visit","event_id":"night","n":2}'
      await published({ id: '21', time: ago(26), text })
      await published({ id: '22', time: ago(1), text })
      await landed({ id: 'night', time: ago(26), text, source: '' })
      t.same(endsOf(await find('22')), { 21: 'landed', 22: 'duplicate' })
    },
  )

  await t.test('an event whose message is kept no more is told by its row', async (t) => {
    await landed({ id: 'old', time: ago(90), text: '{"event_type":"visit","event_id":"old"}' })
    const { events } = await find('old')
    t.match(events, [{ event_type: 'visit', messages: [], rows: [{ partition: dayOf(ago(90)) }] }])
    t.match((await paste('{"event_type":"visit","event_id":"old"}')).events, [{ messages: [], rows: [{}] }])
  })

  await t.test('rows whose messages are kept no more are told apart by their source', async (t) => {
    const text = '{"event_type":"visit","event_id":"both"}'
    for (const source of ['/s', '/other']) await landed({ id: 'both', time: at(4, 12), text, source })
    const told = (await find('both')).events.map(({ source, rows }) => `${source} ${rows.length}`)
    t.same(told.toSorted(), ['/other 1', '/s 1'])
  })

  await t.test('the row of an event is among however many with its id', async (t) => {
    const text = '{"event_type":"visit","event_id":"many","n":0}'
    for (let n = 0; n < 25; n++) await landed({ id: 'many', time: ago(5.1), text: `{"n":${n}}`, source: '' })
    await published({ id: '31', time: ago(5), text })
    await landed({ id: 'many', time: ago(5), text, source: '' })
    t.equal(endsOf(await find('31'))['31'], 'landed')
  })

  await t.test('an id that only the bytes tell, written in another way, finds its event', async (t) => {
    const text = String.raw`{"event_type":"visit","event_id":"\u0065lse","n":3}`
    await published({ id: '41', time: ago(4), text })
    await landed({ id: 'else', time: ago(4), text, source: '' })
    t.same(endsOf(await find('else')), { 41: 'landed' })
    const { found_by: foundBy, events } = await paste(text)
    t.equal(foundBy, 'bytes')
    t.match(events, [{ messages: [{ message_id: '41', end: 'landed' }] }])
  })

  await t.test('a row in a table that was just made is found', async (t) => {
    await create('fresh')
    await landed({ table: 'fresh', id: 'new', time: ago(70), text: '{"event_type":"fresh"}' })
    // the names of tables are asked for again two seconds after they were
    const { events } = await poll(() => find('new'), { timeoutMs: 60_000, what: 'the row' })
    t.match(events, [{ event_type: 'fresh', messages: [] }])
  })

  await t.test('an id with characters of SQL, JSON and URLs is an id', async (t) => {
    const id = `it's "a" \\ b/ü`
    const text = JSON.stringify({ event_type: 'visit', n: 4 })
    await published({ id: '51', time: ago(3), text, attributes: { 'ce-id': id } })
    await landed({ id, time: ago(3), text, source: '' })
    t.same(endsOf(await find(id)), { 51: 'landed' })
  })
})
