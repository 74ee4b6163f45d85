import bigqueryStorage from '@google-cloud/bigquery-storage'
import t from 'tap'
import { openClient } from '../../open-bigquery.ts'
import { rowWriter, writerClient } from '../../writer-client.ts'

const { managedwriter } = bigqueryStorage
const MINUTE = 60_000
const DAY = 86_400_000

async function open(t: Parameters<typeof openClient>[0]) {
  const { cloud, bigquery, dataset } = await openClient(t, { client: { maxRetries: 0 } })
  const rows = async (query: string, rest: object = {}) => {
    const [all] = (await bigquery.query({ query, ...rest })) as unknown as [Record<string, unknown>[]]
    return all.map((row) => Object.values(row).join(' | '))
  }
  /** A minute goes by. @returns how to speak of its middle */
  const pass = async () => {
    const [now] = await rows('SELECT UNIX_MILLIS(CURRENT_TIMESTAMP())')
    await cloud.clock.advance(MINUTE)
    const millis = Number(now) + MINUTE / 2
    return () => `FOR SYSTEM_TIME AS OF TIMESTAMP_MILLIS(${millis})`
  }
  return { cloud, bigquery, dataset, rows, pass }
}

t.test('a table is read as it was, whatever has become of its rows', async (t) => {
  const { rows, pass, dataset, bigquery } = await open(t)
  await rows('CREATE TABLE d.t (id INT64, n INT64)')
  const empty = await pass()
  await rows('INSERT d.t VALUES (1, 1)')
  const one = await pass()
  await dataset.table('t').insert([{ id: 2, n: 2 }])
  const two = await pass()
  await rows('UPDATE d.t SET n = 10 WHERE id = 1')
  const updated = await pass()
  await rows('INSERT d.t SELECT id + 2, n FROM d.t')
  const four = await pass()
  await rows('DELETE d.t WHERE id = 2')
  const deleted = await pass()
  await rows(
    'MERGE d.t USING (SELECT 4 AS k UNION ALL SELECT 5) ON id = k WHEN MATCHED THEN UPDATE SET n = 40 WHEN NOT MATCHED THEN INSERT VALUES (k, 50)',
  )
  const merged = await pass()
  await rows(
    'BEGIN TRANSACTION; UPDATE d.t SET n = 0 WHERE TRUE; INSERT d.t VALUES (9, 9); COMMIT TRANSACTION',
  )
  const transacted = await pass()
  await rows('TRUNCATE TABLE d.t')
  await pass()
  const at = (time: () => string) => rows(`SELECT id, n FROM d.t ${time()} ORDER BY id`)
  t.same(await at(empty), [])
  t.same(await at(one), ['1 | 1'])
  t.same(await at(two), ['1 | 1', '2 | 2'])
  t.same(await at(updated), ['1 | 10', '2 | 2'])
  t.same(await at(four), ['1 | 10', '2 | 2', '3 | 10', '4 | 2'])
  t.same(await at(deleted), ['1 | 10', '3 | 10', '4 | 2'])
  t.same(await at(merged), ['1 | 10', '3 | 10', '4 | 40', '5 | 50'])
  t.same(await at(transacted), ['1 | 0', '3 | 0', '4 | 0', '5 | 0', '9 | 9'])
  t.same(await at(() => 'FOR SYSTEM_TIME AS OF CURRENT_TIMESTAMP()'), [])
  t.same(
    await rows(
      `SELECT a.n AS x, b.n FROM d.t AS a ${two()} JOIN d.t AS b ${updated()} USING (id) WHERE id = 1`,
    ),
    ['1 | 10'],
  )
  await t.rejects(
    rows('SELECT COUNT(*) FROM d.t FOR SYSTEM_TIME AS OF @day', {
      params: { day: bigquery.timestamp(new Date(Date.now() - DAY)) },
    }),
    /Invalid snapshot time \d{13} for table p:d\.t@\d{13}\. Cannot read before \d{13}\./,
  )
  await rows(`INSERT d.t SELECT * FROM d.t ${two()}`)
  t.same(await rows('SELECT id, n FROM d.t ORDER BY id'), ['1 | 1', '2 | 2'], 'what was deleted is back')
  await rows(`CREATE TABLE d.c CLONE d.t ${merged()}`)
  t.same(await rows('SELECT id, n FROM d.c ORDER BY id'), ['1 | 10', '3 | 10', '4 | 40', '5 | 50'])
  t.same(await rows(`DECLARE x INT64; SET x = (SELECT MAX(n) FROM d.t ${merged()}); SELECT x`), ['50'])
})

t.test('a table has the columns that it had, and the rows of the table that it replaced', async (t) => {
  const { rows, pass } = await open(t)
  await rows('CREATE TABLE d.t (a INT64)')
  await rows('INSERT d.t VALUES (1)')
  const first = await pass()
  await rows('ALTER TABLE d.t ADD COLUMN b INT64')
  await rows('INSERT d.t VALUES (2, 2)')
  const wider = await pass()
  await rows('ALTER TABLE d.t RENAME COLUMN a TO x, DROP COLUMN b')
  const renamed = await pass()
  await rows("CREATE OR REPLACE TABLE d.t AS SELECT 'new' AS s")
  await pass()
  t.same(await rows(`SELECT * FROM d.t ${first()}`), ['1'])
  await t.rejects(rows(`SELECT b FROM d.t ${first()}`), /Unrecognized name: b/)
  t.same(await rows(`SELECT a, b FROM d.t ${wider()} ORDER BY a`), ['1 | ', '2 | 2'])
  t.same(await rows(`SELECT x FROM d.t ${renamed()} ORDER BY x`), ['1', '2'])
  t.same(await rows('SELECT * FROM d.t'), ['new'])
})

t.test('the rows of a table of many columns are those that it had, of every type', async (t) => {
  const { rows, pass, bigquery } = await open(t)
  const values = [
    "STRING_AGG('a')",
    'COUNT(*)',
    '1.5',
    "TIMESTAMP '2026-01-01 00:00:00+00'",
    'TRUE',
    'JSON \'{"a": [1, null]}\'',
    "NUMERIC '0.1'",
    "BIGNUMERIC '0.00000000001'",
    "b'\\x00'",
    "DATE '2026-01-01'",
    "TIME '01:02:03'",
    "DATETIME '2026-01-01 01:02:03'",
    '[1, 2]',
    "[STRUCT('x' AS y, [1] AS z)]",
    'STRUCT(1 AS y, CAST(NULL AS STRING) AS z)',
    'CAST(NULL AS INT64)',
  ]
  const columns = Array.from({ length: 600 }, (_, n) => `${values[n % values.length]} AS \`c${n}\``)
  await rows(`CREATE TABLE d.wide AS SELECT ${columns.join(', ')} UNION ALL SELECT ${columns.join(', ')}`)
  await rows('UPDATE d.wide SET c1 = 2 WHERE TRUE; INSERT d.wide (c0) VALUES ("third")')
  const read = async (time = '') => (await bigquery.query(`SELECT * FROM d.wide ${time} ORDER BY c0, c1`))[0]
  const before = await read()
  const then = await pass()
  await rows(
    'DELETE d.wide WHERE c1 = 2; ALTER TABLE d.wide DROP COLUMN c5; UPDATE d.wide SET c1 = 3 WHERE TRUE',
  )
  await rows('ALTER TABLE d.wide RENAME COLUMN c1 TO other')
  t.same(await read(then()), before)
  t.same(await rows(`SELECT c0, c1, c5 IS NULL FROM d.wide ${then()} ORDER BY c0`), [
    'a | 2 | false',
    'a | 2 | false',
    'third |  | true',
  ])
  await rows(`CREATE TABLE d.old CLONE d.wide ${then()}`)
  t.same((await bigquery.query('SELECT * FROM d.old ORDER BY c0, c1'))[0], before)
})

t.test('rows that are streamed are told apart by the time when they were accepted', async (t) => {
  const { cloud, rows, pass } = await open(t)
  await rows('CREATE TABLE d.t (n INT64)')
  const client = writerClient(cloud.storageWritePort)
  t.teardown(async () => client.close())
  const { writer } = await rowWriter(client, { table: 't' }, [{ name: 'n', type: 'INTEGER' }])
  t.teardown(async () => writer.close())
  const times: (() => string)[] = []
  for (let n = 0; n < 4; n++) {
    await writer.appendRows([{ n }, { n }] as never).getResult()
    times.push(await pass())
  }
  for (const [n, time] of times.entries())
    t.same(await rows(`SELECT COUNT(*), MAX(n) FROM d.t ${time()}`), [`${(n + 1) * 2} | ${n}`])
})

t.test('what streams into a table, and what changes it, while somebody looks back is not seen', async (t) => {
  const { cloud, rows, pass, dataset } = await open(t)
  await rows('CREATE TABLE d.t (n INT64)')
  await rows('INSERT d.t SELECT n FROM UNNEST(GENERATE_ARRAY(1, 100)) AS n')
  const before = await pass()
  const table = dataset.table('t')
  let isOver = false
  const ended = () => isOver
  const stream = async () => {
    for (let n = 1000; !ended(); n++) {
      await table.insert([{ n }, { n }])
      await cloud.clock.advance(1)
    }
  }
  const change = async () => {
    // of twenty changes there are copies
    for (let times = 0; times < 15; times++) await rows('UPDATE d.t SET n = n + 1 WHERE TRUE')
  }
  const others = [stream(), stream(), change()]
  try {
    for (let times = 0; times < 15; times++) {
      const [told] = await rows(`SELECT COUNT(*), SUM(n) FROM d.t ${before()}`)
      t.equal(told, '100 | 5050')
    }
  } finally {
    isOver = true
  }
  await Promise.all(others)
})

t.test('rows of a PENDING stream came when it was committed, and a new name keeps the past', async (t) => {
  const { cloud, rows, pass } = await open(t)
  await rows('CREATE TABLE d.t (n INT64)')
  const client = writerClient(cloud.storageWritePort)
  t.teardown(async () => client.close())
  const parent = 'projects/p/datasets/d/tables/t'
  const streamId = await client.createWriteStream({
    streamType: managedwriter.PendingStream,
    destinationTable: parent,
  })
  const { writer } = await rowWriter(client, { stream: streamId }, [{ name: 'n', type: 'INTEGER' }])
  await writer.appendRows([{ n: 1 }, { n: 2 }] as never).getResult()
  writer.close()
  const waiting = await pass()
  await client.getClient().finalizeWriteStream({ name: streamId })
  await client.batchCommitWriteStream({ parent, writeStreams: [streamId] })
  const committed = await pass()
  await cloud.clock.advance(6 * 60 * MINUTE)
  await rows('ALTER TABLE d.t RENAME TO u')
  await rows('INSERT d.u VALUES (3)')
  t.same(await rows(`SELECT COUNT(*) FROM d.u`), ['3'])
  t.same(await rows(`SELECT COUNT(*) FROM d.u ${waiting()}`), ['0'])
  t.same(await rows(`SELECT COUNT(*) FROM d.u ${committed()}`), ['2'])
})

t.test('what is not known of the past is refused by name', async (t) => {
  const { rows, pass, cloud } = await open(t)
  await rows('CREATE TABLE d.big AS SELECT n FROM UNNEST(GENERATE_ARRAY(1, 100001)) AS n')
  await rows('CREATE VIEW d.v AS SELECT 1 AS n')
  await t.rejects(
    rows('CREATE TEMP TABLE x (n INT64); SELECT n FROM x FOR SYSTEM_TIME AS OF CURRENT_TIMESTAMP()'),
    /FOR SYSTEM_TIME AS OF of a temporary table/,
  )
  const before = await pass()
  await rows('DELETE d.big WHERE n = 1')
  const after = await pass()
  await t.rejects(rows(`SELECT n FROM d.big ${before()}`), /of which it keeps no older rows/)
  t.same(await rows(`SELECT COUNT(*) FROM d.big ${after()}`), ['100000'])
  await t.rejects(rows(`SELECT n FROM d.v ${after()}`), /FOR SYSTEM_TIME AS OF of what is no table/)
  await t.rejects(rows(`WITH x AS (SELECT 1 AS n) SELECT n FROM x ${after()}`), /WITH clause/)
  await t.rejects(rows('SELECT n FROM d.big FOR SYSTEM_TIME AS OF NULL'), /must not be NULL|UNIX_MILLIS/)
  await t.rejects(rows(`SELECT n FROM d.big FOR SYSTEM_TIME AS OF TIMESTAMP '9000-01-01'`), /in the future/)
  await t.rejects(
    rows(`CREATE VIEW d.w AS SELECT n FROM d.big ${after()}`),
    /FOR SYSTEM_TIME AS OF in a view/,
  )
  await cloud.clock.advance(8 * DAY)
  await t.rejects(
    rows('SELECT n FROM d.big FOR SYSTEM_TIME AS OF TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 169 HOUR)'),
    /Cannot read before/,
  )
})

t.test('a dataset may say that its tables are asked for two days, and it is held to that', async (t) => {
  const { rows, cloud, bigquery, dataset } = await open(t)
  const hours = (maxTimeTravelHours: string | null) => dataset.setMetadata({ maxTimeTravelHours })
  await t.rejects(hours('50'), { code: 400, message: /multiple of 24 from 48 to 168/ })
  await hours('48')
  t.match((await dataset.getMetadata())[0], { maxTimeTravelHours: '48' })
  await rows('CREATE TABLE d.t AS SELECT 1 AS n')
  const ago = (hoursAgo: number) =>
    rows(
      `SELECT n FROM d.t FOR SYSTEM_TIME AS OF TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL ${hoursAgo} HOUR)`,
    )
  await cloud.clock.advance(4 * DAY)
  t.same(await ago(47), ['1'])
  await t.rejects(ago(49), /Cannot read before/)
  await rows('ALTER SCHEMA d SET OPTIONS (max_time_travel_hours = 96, storage_billing_model = "PHYSICAL")')
  t.same(await ago(49), ['1'])
  t.match((await bigquery.dataset('d').getMetadata())[0], { storageBillingModel: 'PHYSICAL' })
  await hours(null)
  t.notOk((await dataset.getMetadata())[0].maxTimeTravelHours)
  await t.rejects(dataset.setMetadata({ storageBillingModel: 'FREE' }), /LOGICAL or PHYSICAL/)
})
