import t from 'tap'
import { poll } from '../../scripts/poll.ts'
import { readLedger } from '@tablestream/ledger'
import { withArchive } from '../../scripts/events/archived-record.ts'
import { republish } from '../../scripts/events/republish.ts'
import { BUCKET, event, HOUR, inRecord, openArchiver, RECORD, TARGET } from './archiver.ts'
import { DATASET } from './pipeline.ts'

t.test('an hour is archived by type and minute, with every byte of the record', async (t) => {
  const { publish, go, archive, archived, rows, names, manifest } = await openArchiver(t)
  await publish(event('order', 1), event('inventory', 1), event('page_view', 1))
  go(60_000)
  // what gcloud publishes has no attributes; what is no event has no type
  await publish(
    { data: '{"event_type":"order","n":2}' },
    { data: Buffer.from([0xff, 0x00]) },
    event('order', 3),
  )
  t.same(await archive(), [], 'the hour is not over')
  go(HOUR)
  t.same(await archive(), [], 'Pub/Sub may still be writing it')
  go(10 * 60_000)
  t.same(await archive(), [{ hour: '2026-11-29T05', outcome: 'archived', messages: 6 }])
  t.same(await archived(), await rows(inRecord))
  const folders = (await names()).map((name) => name.split('/').slice(0, -1).join('/'))
  t.same(
    new Set(folders),
    new Set([
      'output/_hours/2026/11/29',
      'output/_others/2026/11/29/05/07',
      'output/_others/2026/11/29/05/08',
      'output/inventory/2026/11/29/05/07',
      'output/order/2026/11/29/05/07',
      'output/order/2026/11/29/05/08',
    ]),
  )
  const { messages, folders: sums } = await manifest('05')
  t.equal(messages, 6)
  // the sums of the record itself, asked in another way
  const asked = await rows(`SELECT
      IF(type IN ('order', 'inventory'), type, '_others') AS event_type,
      EXTRACT(MINUTE FROM publish_time) AS minute, COUNT(*) AS messages,
      CAST(BIT_XOR(FARM_FINGERPRINT(message_id)) AS STRING) AS fingerprint
    FROM (SELECT *, SAFE.JSON_VALUE(SAFE_CONVERT_BYTES_TO_STRING(data), '$.event_type') AS type FROM ${RECORD})
    GROUP BY 1, 2 ORDER BY 1, 2`)
  const told = sums
    .map(({ event_type, folder, ...rest }) => ({ event_type, minute: Number(folder.slice(-2)), ...rest }))
    .map(({ event_type, minute, messages: count, fingerprint }) => ({
      event_type,
      minute,
      messages: count,
      fingerprint,
    }))
    .toSorted((a, b) =>
      a.event_type < b.event_type ? -1 : a.event_type > b.event_type ? 1 : a.minute - b.minute,
    )
  t.same(told, asked)
  t.same(await archive(), [], 'once')
  t.same(
    await rows(
      'SELECT table_name FROM dev_archive_dataset.INFORMATION_SCHEMA.TABLES WHERE table_name LIKE "hour%"',
    ),
    [],
  )
})

t.test('hours that were missed are made up, empty ones too', async (t) => {
  const { publish, go, archive, archived, rows } = await openArchiver(t)
  await publish(event('order', 1))
  go(2 * HOUR)
  await publish(event('order', 2))
  go(2 * HOUR)
  t.same(await archive(), [
    { hour: '2026-11-29T05', outcome: 'archived', messages: 1 },
    { hour: '2026-11-29T06', outcome: 'archived', messages: 0 },
    { hour: '2026-11-29T07', outcome: 'archived', messages: 1 },
  ])
  t.same(await archived(), await rows(inRecord))
})

t.test('an hour that is archived in part is not archived; the next try leaves nothing of it', async (t) => {
  const { cloud, publish, go, archive, archived, rows, names } = await openArchiver(t)
  await publish(event('order', 1), event('inventory', 1), event('page_view', 1))
  go(2 * HOUR)
  // the query, its keys, its sums, and then extract jobs: the second of these fails
  cloud.faults.set({ rules: [{ on: 'bigquery.query', do: 'error', status: 'INVALID_ARGUMENT', at: [7] }] })
  await t.rejects(archive())
  t.same(
    (await names()).filter((name) => name.includes('_hours')),
    [],
  )
  cloud.faults.set({ rules: [{ on: 'objects.write', do: 'error', status: 'PERMISSION_DENIED', at: [1] }] })
  await t.rejects(archive(), 'the manifest cannot be written')
  t.same(
    (await names()).filter((name) => name.includes('_hours')),
    [],
  )
  cloud.faults.clear()
  t.match(await archive(), [{ hour: '2026-11-29T05', outcome: 'archived', messages: 3 }])
  t.same(await archived(), await rows(inRecord))
  go(3 * HOUR)
  await archive()
  const files = (await names()).filter((name) => !name.includes('_hours'))
  t.equal(files.length, 3, 'what the other tries left is gone')
})

t.test('messages that came late are archived, too', async (t) => {
  const { publish, go, archive, archived, rows, manifest, names } = await openArchiver(t)
  await publish(event('order', 1))
  go(2 * HOUR)
  await archive()
  go(-2 * HOUR)
  await publish(event('order', 2))
  go(2 * HOUR)
  t.same(await archive(), [{ hour: '2026-11-29T05', outcome: 'again', messages: 2 }])
  t.same(await archived(), await rows(inRecord))
  const { objects } = await manifest('05')
  t.same(
    (await names()).filter((name) => !name.includes('_hours')),
    objects.map(({ name }) => name),
    'the files before are gone',
  )
  t.same(await archive(), [])
})

t.test('of two who archive an hour at one time, one does', async (t) => {
  const { publish, go, archive, archived, rows, manifest, names } = await openArchiver(t)
  await publish(event('order', 1), event('page_view', 1))
  go(2 * HOUR)
  const ends = await Promise.allSettled([archive(), archive()])
  const reports = ends.flatMap((end) => (end.status === 'fulfilled' ? end.value : []))
  t.equal(reports.filter(({ outcome }) => outcome === 'archived').length, 1)
  t.same(await archive(), [])
  t.same(await archived(), await rows(inRecord))
  const there = new Set(await names())
  t.ok((await manifest('05')).objects.every(({ name }) => there.has(name)))
})

t.test('an archived hour is published again, as the messages that it was', async (t) => {
  const { publish, go, archive, config, parts, rows } = await openArchiver(t)
  await publish(event('order', 1), {
    data: '{"event_type":"page_view"}',
    attributes: { 'dead-letter-reason': 'mine' },
  })
  go(2 * HOUR)
  await archive()
  const since = Date.parse('2026-11-29T05:00:00Z')
  const options = { since, until: since + HOUR, types: new Set<string>(), apply: false }
  t.equal(await republish(TARGET, config, parts, options), 2)
  t.equal((await rows(`SELECT message_id FROM ${RECORD}`)).length, 2, 'without --apply nothing is published')
  t.equal(
    await republish(TARGET, config, parts, { ...options, types: new Set(['page_view']), apply: true }),
    1,
  )
  const again = await poll(
    async () => {
      const found =
        await rows(`SELECT message_id, TO_HEX(data) AS data, TO_JSON_STRING(attributes) AS attributes,
        UNIX_MICROS(publish_time) AS micros FROM ${RECORD}
        WHERE SAFE.JSON_VALUE(SAFE_CONVERT_BYTES_TO_STRING(data), '$.event_type') = 'page_view' ORDER BY publish_time`)
      return found.length === 2 ? found : undefined
    },
    { timeoutMs: 60_000, what: 'the message again' },
  )
  const [first, second] = again
  t.equal(second!['data'], first!['data'])
  // without an id of its own it is known by its message's
  const { 'ce-time': time, ...others } = JSON.parse(second!['attributes'] as string) as Record<string, string>
  t.equal(Date.parse(time!), Math.floor(Number(first!['micros']) / 1000), 'and is of the day that it was')
  t.same(others, {
    'dead-letter-reason': 'mine',
    'ce-id': first!['message_id'],
    // so that its table is asked
    'published-again': 'true',
  })
  await t.rejects(
    republish(TARGET, config, parts, { ...options, until: since + 3 * HOUR }),
    /has not archived 2026-11-29T06 to 2026-11-29T07: nothing is published again of that/,
  )
})

t.test('reconcile reads what is archived as if it were still in the record', async (t) => {
  const { publish, go, archive, rows, bigquery } = await openArchiver(t)
  await publish(event('page_view', 1), event('page_view', 2), event('order', 1))
  await publish({ data: 'no event' })
  const fields = [
    { name: 'event_id', type: 'STRING' },
    { name: 'event_date', type: 'DATE' },
    { name: '_source', type: 'STRING' },
    { name: '_fingerprint', type: 'INTEGER' },
  ]
  const [table] = await bigquery.dataset(DATASET).createTable('page_view', { schema: { fields } })
  const [first] = await rows(`SELECT CAST(FARM_FINGERPRINT(data) AS STRING) AS _fingerprint FROM ${RECORD}
    WHERE JSON_VALUE(attributes, '$."ce-id"') = 'page_view-1'`)
  const landed = { event_id: 'page_view-1', event_date: '2026-11-29', _source: '/shop', ...first }
  await table.insert([landed])
  go(2 * HOUR)
  await publish(event('order', 2))
  await archive()
  const since = new Date('2026-11-29T05:00:00Z')
  const before = await readLedger(bigquery, TARGET, { since })
  t.same(
    before.accounts.map(({ eventType, messages, landed: found, missing }) => [
      eventType,
      messages,
      found,
      missing,
    ]),
    [
      ['', 1, 0, 1],
      ['order', 2, 0, 2],
      ['page_view', 2, 1, 1],
    ],
  )
  await rows(`DELETE FROM ${RECORD} WHERE publish_time < TIMESTAMP('2026-11-29T06:00:00Z')`)
  t.equal((await readLedger(bigquery, TARGET, { since })).accounts.length, 1, 'the record has forgotten')
  const { done: after, missing } = await withArchive(TARGET, `gs://${BUCKET}`, since, (published) =>
    readLedger(bigquery, TARGET, { since, published }),
  )
  const free = { bytesRead: 0, bytesBilled: 0 }
  t.same({ ...after, ...free }, { ...before, ...free })
  t.same(missing, [])
  const earlier = await withArchive(TARGET, `gs://${BUCKET}`, new Date('2026-11-29T03:10:00Z'), async () => 0)
  t.same(earlier.missing, [], 'there was no record yet')
})
