import t from 'tap'
import { openClient } from '../../open-bigquery.ts'

t.test('a view is what its query gives, now and after its table has changed', async (t) => {
  const { bigquery, dataset } = await openClient(t, { client: { maxRetries: 0 } })
  const id = { name: 'id', type: 'STRING' }
  const [table] = await dataset.createTable('t', { schema: { fields: [id] } })
  await table.insert([{ id: 'a' }, { id: 'a' }, { id: 'b' }])
  const query = 'SELECT * FROM `p.d.t` WHERE TRUE QUALIFY ROW_NUMBER() OVER (PARTITION BY id) = 1'
  await dataset.createTable('once', { view: { query, useLegacySql: false } })
  const rows = async (sql: string) => (await bigquery.query(sql))[0] as object[]

  await t.test('it is read like a table, with an alias or without', async (t) => {
    t.same(await rows('SELECT id FROM d.once ORDER BY id'), [{ id: 'a' }, { id: 'b' }])
    t.same(await rows('SELECT once.id FROM d.once WHERE once.id = "b"'), [{ id: 'b' }])
    t.same(await rows('SELECT o.id FROM d.once AS o JOIN d.t USING (id) WHERE o.id = "b"'), [{ id: 'b' }])
  })
  await t.test('it is described as a view with its columns', async (t) => {
    const [metadata] = await dataset.table('once').getMetadata()
    t.match(metadata, { type: 'VIEW', view: { query }, schema: { fields: [{ name: 'id', type: 'STRING' }] } })
    t.same(await rows("SELECT table_type FROM d.INFORMATION_SCHEMA.TABLES WHERE table_name = 'once'"), [
      { table_type: 'VIEW' },
    ])
  })
  await t.test('a view of a view is read too', async (t) => {
    await dataset.createTable('twice', { view: { query: 'SELECT id FROM p.d.once', useLegacySql: false } })
    t.equal((await rows('SELECT * FROM d.twice')).length, 2)
  })
  await t.test('a new column is seen at once, and described once the query is patched', async (t) => {
    await table.setMetadata({ schema: { fields: [id, { name: 'n', type: 'INTEGER' }] } })
    t.same(await rows('SELECT n FROM d.once WHERE id = "b"'), [{ n: null }])
    await dataset.table('once').setMetadata({ view: { query, useLegacySql: false } })
    const [metadata] = await dataset.table('once').getMetadata()
    t.match(metadata, { schema: { fields: [id, { name: 'n' }] } })
  })
  await t.test('nothing can be written to it, and a bad query makes none', async (t) => {
    await t.rejects(dataset.table('once').insert([{ id: 'x' }]), { message: /it is a VIEW/ })
    const bad = { view: { query: 'SELECT nope FROM p.d.t', useLegacySql: false } }
    await t.rejects(dataset.createTable('bad', bad), { message: /nope/ })
    t.equal((await dataset.table('bad').exists())[0], false)
  })
  await t.test('it is dropped without its table', async (t) => {
    await dataset.table('once').delete()
    await t.rejects(bigquery.query('SELECT * FROM d.twice'), { message: /Not found: Table p:d.once/ })
    t.equal((await rows('SELECT * FROM d.t')).length, 3)
  })
})

t.test('ALTER VIEW changes its options, and what its columns are about', async (t) => {
  const { bigquery } = await openClient(t, { client: { maxRetries: 0 } })
  const run = (query: string) => bigquery.query(query)
  await run('CREATE TABLE d.t (a INT64)')
  await run('CREATE VIEW d.v AS SELECT a, a + 1 AS b FROM d.t')
  await run('CREATE MATERIALIZED VIEW d.w AS SELECT a FROM d.t')
  await run("ALTER VIEW d.v SET OPTIONS (description = 'x', labels = [('k', 'l')], friendly_name = 'V')")
  await run("ALTER VIEW IF EXISTS d.v ALTER COLUMN B SET OPTIONS (description = 'one more')")
  const [view] = await bigquery.dataset('d').table('v').getMetadata()
  t.match(view, {
    type: 'VIEW',
    description: 'x',
    friendlyName: 'V',
    labels: { k: 'l' },
    view: { query: 'SELECT a, a + 1 AS b FROM d.t' },
    schema: { fields: [{ name: 'a' }, { name: 'b', description: 'one more' }] },
  })
  const [job] = await bigquery.createQueryJob(
    "ALTER MATERIALIZED VIEW d.w SET OPTIONS (description = 'y', expiration_timestamp = TIMESTAMP '2099-01-01')",
  )
  await job.getQueryResults()
  t.equal((await job.getMetadata())[0].statistics.query.statementType, 'ALTER_MATERIALIZED_VIEW')
  t.match((await bigquery.dataset('d').table('w').getMetadata())[0], {
    description: 'y',
    expirationTime: String(Date.UTC(2099, 0, 1)),
  })
  await run("ALTER VIEW IF EXISTS d.none SET OPTIONS (description = 'x')")
  await t.rejects(run("ALTER VIEW d.none SET OPTIONS (description = 'x')"), { message: /Not found/ })
  await t.rejects(run("ALTER VIEW d.t SET OPTIONS (description = 'x')"), { message: /d\.t is no VIEW/ })
  await t.rejects(run("ALTER VIEW d.w SET OPTIONS (description = 'x')"), { message: /d\.w is no VIEW/ })
  await t.rejects(run("ALTER TABLE d.v SET OPTIONS (description = 'x')"), { message: /it is a VIEW/ })
  await t.rejects(run("ALTER VIEW d.v ALTER COLUMN c SET OPTIONS (description = 'x')"), {
    message: /Column not found: c/,
  })
})
