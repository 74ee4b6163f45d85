import { BigQuery } from '@google-cloud/bigquery'
import t from 'tap'
import { openClient } from '../../open-bigquery.ts'

async function open(t: { teardown: (done: () => Promise<void>) => void }, now: () => number = Date.now) {
  const { cloud, bigquery, dataset } = await openClient(t, { now, client: { maxRetries: 0 } })
  const rows = async (query: string, rest: object = {}) =>
    ((await bigquery.query({ query, ...rest }))[0] as object[]).map((row) => Object.values(row).join(' '))
  return { cloud, bigquery, dataset, rows }
}

t.test('of a transaction all is done or nothing, and nobody sees it before its end', async (t) => {
  const { rows, dataset } = await open(t)
  const [table] = await dataset.createTable('t', { schema: 'n:INTEGER' })
  await table.insert([{ n: 1 }])
  const numbers = () => rows('SELECT n FROM d.t ORDER BY n')
  t.same(
    await rows(
      'BEGIN TRANSACTION; INSERT d.t (n) VALUES (2); UPDATE d.t SET n = 3 WHERE n = 1; COMMIT TRANSACTION; SELECT SUM(n) FROM d.t',
    ),
    ['5'],
  )
  t.same(await numbers(), ['2', '3'])
  t.same(
    await rows('BEGIN; DELETE d.t WHERE TRUE; SELECT COUNT(*) FROM d.t'),
    ['0'],
    'it sees what it did itself, and is taken back where its script ends without COMMIT',
  )
  t.same(await numbers(), ['2', '3'])
  await t.rejects(rows("BEGIN TRANSACTION; TRUNCATE TABLE d.t; SELECT ERROR('no'); COMMIT"), /no/)
  t.same(
    await rows(
      `DECLARE said STRING; BEGIN BEGIN TRANSACTION; INSERT d.t (n) VALUES (9); SELECT ERROR('why'); COMMIT TRANSACTION;
       EXCEPTION WHEN ERROR THEN SET said = @@error.message; ROLLBACK TRANSACTION; END; SELECT said LIKE '%why%'`,
    ),
    ['true'],
  )
  t.same(await numbers(), ['2', '3'])
})

t.test('what a transaction may not do is told', async (t) => {
  const { rows } = await open(t)
  await rows('CREATE TABLE d.t AS SELECT 1 AS n')
  await t.rejects(rows('BEGIN TRANSACTION; BEGIN TRANSACTION; COMMIT'), /Nested transactions/)
  await t.rejects(rows('COMMIT TRANSACTION'), /no transaction in progress/)
  await t.rejects(rows('ROLLBACK'), /no transaction in progress/)
  for (const statement of [
    'CREATE TABLE d.u (n INT64)',
    'DROP TABLE d.t',
    'ALTER TABLE d.t ADD COLUMN m INT64',
    'CREATE FUNCTION d.f(n INT64) AS (n)',
    'CREATE SCHEMA e',
  ])
    await t.rejects(
      rows(`BEGIN TRANSACTION; ${statement}; COMMIT`),
      /DDL statements are not supported/,
      statement,
    )
  await t.rejects(
    rows('CREATE TEMP TABLE a AS SELECT 1 AS n; BEGIN; DROP TABLE a; COMMIT'),
    /a temporary table which was there before it/,
  )
  t.same(await rows('SELECT n FROM d.t'), ['1'])
})

t.test('its temporary tables stay with it, and go where it is rolled back', async (t) => {
  const { rows } = await open(t)
  await rows('CREATE TABLE d.t AS SELECT 1 AS n')
  const merge = 'CREATE TEMP TABLE a AS SELECT n + 1 AS n FROM d.t; INSERT d.t SELECT n FROM a'
  t.same(await rows(`BEGIN; ${merge}; COMMIT; SELECT SUM(a.n) FROM a JOIN d.t USING (n)`), ['2'])
  await t.rejects(rows(`BEGIN; ${merge}; ROLLBACK; SELECT * FROM a`), /must be qualified/)
  t.same(await rows(`BEGIN; ${merge}; ROLLBACK; CREATE TEMP TABLE a AS SELECT 7 AS n; SELECT n FROM a`), [
    '7',
  ])
  t.same(await rows('SELECT n FROM d.t ORDER BY n'), ['1', '2'])
})

t.test('of two that change the same rows the second one hears of it, and others go on', async (t) => {
  const { bigquery, rows } = await open(t)
  await rows('CREATE TABLE d.t AS SELECT 1 AS n')
  await rows('CREATE TABLE d.u AS SELECT 1 AS n')
  const session = await newSession(bigquery)
  await rows('BEGIN TRANSACTION', session)
  await rows('UPDATE d.t SET n = 2 WHERE TRUE', session)
  await rows('UPDATE d.u SET n = 5 WHERE TRUE')
  await rows('INSERT d.t (n) VALUES (8)')
  await t.rejects(rows('UPDATE d.t SET n = 3 WHERE n = 1'), /aborted due to concurrent update/)
  t.same(await rows('SELECT n FROM d.t ORDER BY n', session), ['2'], 'as it was when it began')
  await rows('COMMIT TRANSACTION', session)
  t.same(await rows('SELECT n FROM d.t ORDER BY n'), ['2', '8'])
  t.same(await rows('SELECT n FROM d.u'), ['5'])
})

t.test('what one transaction has updated nobody deletes, and the other way round', async (t) => {
  const { bigquery, rows } = await open(t)
  const update = 'UPDATE d.t SET n = 10 WHERE id = 1'
  const remove = 'DELETE d.t WHERE id = 1'
  const merge = 'MERGE d.t USING (SELECT 1 AS k) ON id = k WHEN MATCHED THEN UPDATE SET n = 10'
  for (const [first, second] of [
    [update, remove],
    [remove, update],
    [remove, merge],
    [merge, remove],
    [merge, 'TRUNCATE TABLE d.t'],
  ] as const) {
    await rows('CREATE OR REPLACE TABLE d.t AS SELECT 1 AS id, 1 AS n')
    const [own, other] = [await newSession(bigquery), await newSession(bigquery)]
    await rows('BEGIN TRANSACTION', own)
    await rows('BEGIN TRANSACTION', other)
    await rows(first, own)
    await t.rejects(rows(second), /aborted due to concurrent update/, `${first}, then ${second}`)
    await t.rejects(rows(second, other), /Transaction is aborted due to concurrent update/)
    await t.rejects(rows('COMMIT TRANSACTION', other), /can only be rolled back/)
    await rows('INSERT d.t (id, n) VALUES (2, 2)')
    await rows('COMMIT TRANSACTION', own)
    const left = first === remove ? ['2'] : ['10', '2']
    t.same(await rows('SELECT n FROM d.t ORDER BY id'), left)
  }
})

t.test('a transaction changes no table that others have changed since it began', async (t) => {
  const { bigquery, rows } = await open(t)
  await rows('CREATE TABLE d.t AS SELECT 1 AS id, 1 AS n')
  const own = await newSession(bigquery)
  await rows('BEGIN TRANSACTION', own)
  await rows('DELETE d.t WHERE id = 1')
  await t.rejects(
    rows('UPDATE d.t SET n = 2 WHERE id = 1', own),
    /Transaction is aborted due to concurrent update/,
  )
  await rows('ROLLBACK TRANSACTION', own)
  t.same(await rows('UPDATE d.t SET n = 2 WHERE id = 1', own), [])
})

t.test(
  'a session keeps temporary tables, variables, functions and its transaction for its queries alone',
  async (t) => {
    let time = Date.now()
    const { bigquery, rows, dataset } = await open(t, () => time)
    const session = await newSession(bigquery)
    await rows('CREATE TEMP TABLE a AS SELECT 1 AS n', session)
    await rows('DECLARE x INT64 DEFAULT 4', session)
    await rows('CREATE TEMP FUNCTION double_it(n INT64) AS (n * 2)', session)
    t.same(await rows('SELECT double_it(n) + x FROM a', session), ['6'])
    await t.rejects(rows('SELECT * FROM a'), /must be qualified/)
    const other = await newSession(bigquery)
    await t.rejects(rows('SELECT * FROM a', other), /must be qualified/)
    t.same(
      (await bigquery.getDatasets())[0].map(({ id }) => id),
      [dataset.id],
    )

    await rows('BEGIN TRANSACTION', session)
    await rows('INSERT a VALUES (2)', session)
    await rows('CREATE TEMP TABLE b AS SELECT * FROM a', session)
    await rows('COMMIT TRANSACTION; CALL BQ.ABORT_SESSION();', session)
    await t.rejects(rows('SELECT 1', session), /Not found: Session/)

    await rows('CREATE TEMP TABLE a AS SELECT 1 AS n', other)
    time += 25 * 3_600_000
    await bigquery.createQueryJob({ query: 'SELECT 1', createSession: true })
    await t.rejects(
      rows('SELECT 1', { connectionProperties: [{ key: 'time_zone', value: 'UTC' }] }),
      /the connection property time_zone/,
    )
  },
)

async function newSession(bigquery: BigQuery): Promise<object> {
  const [job] = await bigquery.createQueryJob({ query: 'SELECT 1', createSession: true })
  await job.getQueryResults()
  const { statistics } = (await job.getMetadata())[0] as {
    statistics: { sessionInfo: { sessionId: string } }
  }
  return { connectionProperties: [{ key: 'session_id', value: statistics.sessionInfo.sessionId }] }
}
