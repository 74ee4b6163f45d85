import t from 'tap'
import { openClient } from '../../open-bigquery.ts'

const advance = (root: string, ms: number) =>
  fetch(`${root}/local-cloud/clock:advance`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ ms }),
  })

t.test(
  'a table gets another name in its dataset, with its rows, columns and key; the old one is free',
  async (t) => {
    const { bigquery, dataset } = await openClient(t)
    await bigquery.query(
      'CREATE TABLE d.a (id INT64 NOT NULL, day DATE, PRIMARY KEY (id) NOT ENFORCED) PARTITION BY day CLUSTER BY id',
    )
    await bigquery.query("INSERT INTO d.a (id, day) VALUES (1, '2026-03-04'), (2, NULL)")
    await bigquery.query('CREATE VIEW d.v AS SELECT id FROM d.a')
    await bigquery.query('ALTER TABLE d.a RENAME TO b')
    const [rows] = await bigquery.query('SELECT id FROM d.b ORDER BY id')
    t.same(rows, [{ id: 1 }, { id: 2 }])
    const [metadata] = (await dataset.table('b').getMetadata()) as unknown as [Record<string, unknown>]
    t.match(metadata, {
      tableReference: { tableId: 'b' },
      timePartitioning: { field: 'day' },
      clustering: { fields: ['id'] },
      tableConstraints: { primaryKey: { columns: ['id'] } },
    })
    t.same(await dataset.table('a').exists(), [false])
    await t.rejects(bigquery.query('SELECT * FROM d.v'), /Not found: Table p:d\.a/, 'a view goes by the name')
    await bigquery.query('CREATE TABLE d.a AS SELECT 7 AS id')
    t.same((await bigquery.query('SELECT id FROM d.v'))[0], [{ id: 7 }])
    await t.rejects(bigquery.query('ALTER TABLE d.a RENAME TO b'), /Already Exists: Table p:d\.b/)
    await t.rejects(bigquery.query('ALTER TABLE d.c RENAME TO e'), /Not found: Table p:d\.c/)
    await t.rejects(bigquery.query('ALTER TABLE d.v RENAME TO e'), /it is a VIEW/)
    await t.rejects(bigquery.query('ALTER TABLE d.a RENAME TO d.e'), { message: /RENAME TO|d|\./ })
    t.same((await bigquery.query('SELECT COUNT(*) AS n FROM d.b'))[0], [{ n: 2 }])
  },
)

t.test('rows that are streamed keep a table its name for hours, and go with it then', async (t) => {
  const { root, bigquery, dataset } = await openClient(t)
  await bigquery.query('CREATE TABLE d.a (id INT64)')
  await dataset.table('a').insert([{ id: 1 }])
  await t.rejects(bigquery.query('ALTER TABLE d.a RENAME TO b'), /cannot be renamed: it has streaming data/)
  t.same((await bigquery.query('SELECT id FROM d.a'))[0], [{ id: 1 }])
  await advance(root, 5 * 3600 * 1000)
  await bigquery.query('ALTER TABLE d.a RENAME TO b')
  t.same((await bigquery.query('SELECT id FROM d.b'))[0], [{ id: 1 }])
  await dataset.table('b').insert([{ id: 2 }])
  t.same((await bigquery.query('SELECT id FROM d.b ORDER BY id'))[0], [{ id: 1 }, { id: 2 }])
})

t.test('what is granted on a table goes with it to its new name, and nobody else gets it', async (t) => {
  const { bigquery, dataset } = await openClient(t)
  await bigquery.query('CREATE TABLE d.a (id INT64)')
  const bindings = [{ role: 'roles/bigquery.dataViewer', members: ['user:ann@example.com'] }]
  await dataset.table('a').setIamPolicy({ bindings })
  await bigquery.query('ALTER TABLE d.a RENAME TO b')
  t.match(await dataset.table('b').getIamPolicy(), [{ bindings }])
  await bigquery.query('CREATE TABLE d.a (id INT64)')
  t.match(await dataset.table('a').getIamPolicy(), [{ bindings: [] }])
})
