import { randomUUID } from 'node:crypto'
import { BigQuery } from '@google-cloud/bigquery'
import { Shop } from '@tablestream/event-generator'
import { keysOf, KEY_COLUMNS, messagesAndKeysOf } from '@tablestream/archiver'
import { useTypeField } from '@tablestream/contract'
import { eventMessage } from '@tablestream/service-kit'
import t, { type Test } from 'tap'
import { keyedHoursQuery, keysQuery, ledgerQuery, readLedger, typesAndDaysQuery } from '@tablestream/ledger'
import { ARCHIVED, EVENT, READ, SUBSCRIPTION_NAME } from '../../scripts/costs/monthly-costs.ts'
import { HOUR, openArchiver, RECORD, TARGET } from '../end-to-end/archiver.ts'

const SINCE = new Date('2026-11-29T05:00:00Z')
const HOUR_5 = SINCE.getTime()
const KEYS = RECORD.replace('published_messages', 'published_keys')
const shop = new Shop({ seed: 1, now: () => new Date('2026-11-29T05:07:10Z') })

function order(n: number) {
  const event = shop.next('order')
  const id = `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`
  const source = '//tablestream/event-generator'
  const about = { eventType: 'order', id, time: '2026-11-29T05:07:10.123Z', source }
  return eventMessage(Buffer.from(JSON.stringify(event)), about)
}

/** Of an hour that is archived, and of a later one that is not. */
async function openWithKeys(t: Test, ...others: { data: string }[]) {
  const archiver = await openArchiver(t)
  await archiver.publish(...Array.from({ length: 20 }, (_, n) => order(n)), ...others)
  archiver.go(2 * HOUR)
  await archiver.publish(order(100), { data: 'no event' })
  await archiver.archive()
  const look = (withoutKeys = false) =>
    readLedger(archiver.bigquery, TARGET, { since: SINCE, withoutKeys, most: 100 })
  return { ...archiver, look }
}

t.test('the keys of an archived hour are what the bytes of the record say', async (t) => {
  const { rows, look } = await openWithKeys(t, {
    data: '{"event_type":"x","timestamp":"2026-03-01T23:00:00-02:00"}',
  })
  const sorted = (sql: string) => rows(`SELECT * FROM (${sql}) ORDER BY message_id`)
  const made = await sorted(keysOf(RECORD, "publish_time < TIMESTAMP('2026-11-29T06:00:00Z')"))
  t.equal(made.length, 21)
  t.same(await sorted(`SELECT * FROM ${KEYS}`), made)
  t.equal(made.at(-1)!['days'], '2026-11-29 2026-03-01~')
  const [withKeys, without] = [await look(), await look(true)]
  const free = { bytesRead: 0, bytesBilled: 0 }
  t.same({ ...withKeys, ...free }, { ...without, ...free })
  t.ok(withKeys.bytesRead < without.bytesRead / 3)
})

t.test(
  'messages that came late to an archived hour are in the account before it is archived again',
  async (t) => {
    const { publish, go, look } = await openWithKeys(t)
    go(-2 * HOUR)
    await publish(order(200))
    go(2 * HOUR)
    const { accounts } = await look()
    t.same(
      accounts.map(({ eventType, messages }) => [eventType, messages]),
      [
        ['', 1],
        ['order', 22],
      ],
    )
  },
)

t.test('while an hour is archived again nobody sees it without its keys', async (t) => {
  const { publish, go, archive, rows, bigquery } = await openWithKeys(t)
  go(-2 * HOUR)
  await publish(order(200))
  go(2 * HOUR)
  type Ask = (this: BigQuery, ...of: unknown[]) => Promise<unknown>
  const ask = Reflect.get(BigQuery.prototype, 'query') as Ask
  t.teardown(() => Reflect.set(BigQuery.prototype, 'query', ask))
  const seen: number[] = []
  // what somebody sees after each statement of the archiver
  const watched: Ask = async function (...of) {
    const answer = await ask.apply(this, of)
    if (this !== bigquery) seen.push(Number((await rows(`SELECT COUNT(*) AS n FROM ${KEYS}`))[0]!['n']))
    return answer
  }
  Reflect.set(BigQuery.prototype, 'query', watched)
  t.match(await archive(), [{ hour: '2026-11-29T05', outcome: 'again' }])
  t.same(new Set(seen), new Set([20, 21]))
})

t.test('keys that are there twice count for nothing', async (t) => {
  const { rows, look } = await openWithKeys(t)
  await rows(`INSERT INTO ${KEYS} SELECT * FROM ${KEYS} WHERE event_type = 'order'`)
  const { accounts, bytesRead } = await look()
  t.same(
    accounts.map(({ eventType, messages }) => [eventType, messages]),
    [
      ['', 1],
      ['order', 21],
    ],
  )
  t.ok(bytesRead > 2 * 21 * READ.endsOfRecord)
})

t.test('what SQL may read wrongly is read from the record, in an archived hour, too', async (t) => {
  const { look } = await openWithKeys(t, { data: String.raw`{"event_\u0074ype":"odd"}` })
  const { accounts } = await look()
  t.same(
    accounts.map(({ eventType, messages }) => [eventType, messages]),
    [
      ['', 1],
      ['odd', 1],
      ['order', 21],
    ],
  )
})

t.test('the archive has no keys in it', async (t) => {
  const { bucket, names } = await openWithKeys(t)
  const file = (await names()).find((each) => each.endsWith('.avro'))!
  const [avro] = await bucket.file(file).download()
  const text = avro.toString('latin1')
  t.ok(text.includes('"attributes"'))
  for (const column of ['event_id', 'fingerprint', 'is_hard', 'subscription_name'])
    t.notOk(text.includes(`"name":"${column}"`))
})

t.test('the costs count what queries read of a message', async (t) => {
  const { bigquery, parts, rows } = await openWithKeys(t)
  const name = (table: string) => `\`${TARGET.projectId}.${TARGET.dataset}.${table}\``
  const read = async (
    query: string,
    isOfRecord: boolean,
    messages: number,
    since = SINCE,
  ): Promise<number> => {
    const params = { since: since.toISOString(), ...(query.includes('@types') && { types: ['order'] }) }
    const [job] = await bigquery.createQueryJob({ query, params, dryRun: true })
    const { statistics } = job.metadata as { statistics: { totalBytesProcessed: string } }
    const stored = await rows(
      `SELECT data FROM ${RECORD} WHERE publish_time >= TIMESTAMP('${since.toISOString()}')`,
    )
    const bytes = stored.reduce((sum, row) => sum + (row['data'] as Buffer).length, 0)
    // events of the shop are of three types: of their sizes the mean is counted
    const own = isOfRecord ? bytes / messages - EVENT : 0
    return Number(statistics.totalBytesProcessed) / messages - own
  }
  await rows(`DELETE FROM ${RECORD} WHERE publish_time >= TIMESTAMP('2026-11-29T06:00:00Z')`)
  const ends = (hours: readonly number[]) =>
    ledgerQuery({
      name,
      keys: keysQuery(name, hours),
      tables: [],
      hard: 'none',
      mostMissing: 1,
      mostWithoutDay: 1,
      mostCollisions: 1,
    })
  const hour = '2026-11-29T05'
  await parts.record.stage(hour, 'hour_2026112905_test', parts.layout)
  const staged = '`tablestream-local.dev_archive_dataset.hour_2026112905_test`'
  const within = (value: number, expected: number, what: string) =>
    t.ok(Math.abs(value - expected) < 3, `${what}: ${value}, counted ${expected}`)
  within(
    await read(messagesAndKeysOf(RECORD, 'publish_time >= TIMESTAMP(@since)'), true, 20),
    READ.staged,
    'staged',
  )
  within(
    await read(`SELECT subscription_name FROM ${RECORD} WHERE publish_time >= TIMESTAMP(@since)`, false, 20),
    SUBSCRIPTION_NAME + 8,
    'the name of the subscription, beside the time that is asked for',
  )
  within(await read(`SELECT ${KEY_COLUMNS.join(', ')} FROM ${staged}`, false, 20), READ.moved, 'moved')
  within(await read(`SELECT slot, message_id FROM ${staged}`, false, 20), READ.summed, 'summed')
  within(await read(keyedHoursQuery(name), false, 20), READ.counted, 'counted')
  within(
    await read(typesAndDaysQuery(keysQuery(name, [HOUR_5])), false, 20),
    READ.typesOfKeys,
    'types of keys',
  )
  within(await read(ends([HOUR_5]), false, 20), READ.endsOfKeys, 'ends of keys')
  within(
    await read(typesAndDaysQuery(keysQuery(name, [])), true, 20),
    READ.typesOfRecord,
    'types of the record',
  )
  within(await read(ends([]), true, 20), READ.endsOfRecord, 'ends of the record')
})

t.test('the costs count more for a message in the archive than one of the shop takes', async (t) => {
  const archiver = await openArchiver(t)
  const types = ['order', 'inventory', 'user_activity'] as const
  const each = 500
  let time = SINCE.getTime()
  const hour = new Shop({ seed: 1, now: () => new Date((time += 17)) })
  for (const eventType of types) {
    const messages = Array.from({ length: each }, () => {
      const event = Buffer.from(JSON.stringify(hour.next(eventType)))
      const source = '//tablestream/event-generator'
      return eventMessage(event, { eventType, id: randomUUID(), time: new Date(time).toISOString(), source })
    })
    await archiver.publish(...messages)
  }
  archiver.go(2 * HOUR)
  await archiver.archive()
  const [files] = await archiver.bucket.getFiles({ prefix: 'output/' })
  for (const type of types) {
    const own = files.filter(({ name }) => name.startsWith(`output/${type}/`))
    const bytes = own.reduce((sum, { metadata }) => sum + Number(metadata.size), 0) / each
    t.comment(`${type}: ${bytes} bytes a message`)
    t.ok(bytes > 20 && bytes < ARCHIVED, `${type}: ${bytes}`)
  }
})

t.test('the type is read from the field that was told, also where SQL may read it wrongly', async (t) => {
  const { publish, go, archive, bigquery, rows } = await openArchiver(t)
  // an archiver is told by its configuration
  useTypeField('kind')
  t.teardown(() => useTypeField('event_type'))
  await publish(
    order(0),
    { data: '{"kind":"visit","event_type":"x"}' },
    { data: String.raw`{"k\u0069nd":"odd"}` },
    { data: String.raw`{"kind":"nul","a":"\u0000"}` },
  )
  go(2 * HOUR)
  await archive()
  t.match(await rows(`SELECT event_type FROM ${KEYS} WHERE event_type = 'visit'`), [{ event_type: 'visit' }])
  const { accounts } = await readLedger(bigquery, TARGET, { since: SINCE, most: 100 })
  t.same(
    accounts.map(({ eventType, messages }) => [eventType, messages]),
    [
      ['', 1],
      ['nul', 1],
      ['odd', 1],
      ['visit', 1],
    ],
  )
})
