import { Storage } from '@google-cloud/storage'
import t from 'tap'
import { openClient } from '../../open-bigquery.ts'

async function open(t: Parameters<typeof openClient>[0]) {
  const { bigquery, dataset, cloud } = await openClient(t, { client: { maxRetries: 0 } })
  const rows = async (query: string) => (await bigquery.query(query))[0] as Record<string, unknown>[]
  const into = async (query: string, table: string, writeDisposition = 'WRITE_TRUNCATE') => {
    const [job] = await bigquery.createQueryJob({
      query,
      destination: dataset.table(table),
      writeDisposition,
    })
    await job.getQueryResults()
  }
  return { dataset, rows, into, storageUrl: cloud.environment['STORAGE_EMULATOR_HOST']! }
}

t.test('the rows of a table are replaced by those of a query of itself', async (t) => {
  const { rows, into, dataset } = await open(t)
  await rows('CREATE TABLE d.t AS SELECT n, "x" AS s FROM UNNEST([1, 1, 2]) AS n')
  await dataset.table('t').insert([{ n: 3, s: 'x' }])
  await into('SELECT DISTINCT * FROM d.t', 't')
  t.same(await rows('SELECT n FROM d.t ORDER BY n'), [{ n: 1 }, { n: 2 }, { n: 3 }])
  await into('SELECT n, n * 2 AS twice FROM d.t WHERE n > 1', 't')
  t.same(await rows('SELECT * FROM d.t ORDER BY n'), [
    { n: 2, twice: 4 },
    { n: 3, twice: 6 },
  ])
})

t.test('a query that fails leaves the table as it was that it was to replace', async (t) => {
  const { rows, into } = await open(t)
  await rows('CREATE TABLE d.t AS SELECT 0 AS n')
  for (const query of ['SELECT 1 / n AS n FROM d.t', 'SELECT "x" AS s, 1 / n AS n FROM d.t'])
    await t.rejects(into(query, 't'), /division by zero/, query)
  await t.rejects(into('SELECT ERROR("e") AS s', 't'), { message: 'e' })
  t.same(await rows('SELECT * FROM d.t'), [{ n: 0 }])
})

t.test(
  'other columns leave a table its description, labels, partitions, grants and past, and not its keys',
  async (t) => {
    const { rows, into, dataset } = await open(t)
    await rows(
      `CREATE TABLE d.t (day DATE, n INT64, PRIMARY KEY (n) NOT ENFORCED) PARTITION BY day CLUSTER BY n
     OPTIONS (description = 'kept', labels = [('team', 'a')])`,
    )
    const table = dataset.table('t')
    const policy = { bindings: [{ role: 'roles/bigquery.dataViewer', members: ['user:jane@example.com'] }] }
    await table.setIamPolicy(policy)
    await into('SELECT DATE "2026-05-04" AS day, 1 AS n, "x" AS s', 't')
    const [metadata] = await table.getMetadata()
    t.match(metadata, {
      description: 'kept',
      labels: { team: 'a' },
      timePartitioning: { type: 'DAY', field: 'day' },
      clustering: { fields: ['n'] },
    })
    t.notOk(metadata.tableConstraints)
    t.match((await table.getIamPolicy())[0], policy)
    t.same(await rows('SELECT n, s FROM d.t'), [{ n: 1, s: 'x' }])
  },
)

t.test('a table without columns gets those of its first job, or of its first change', async (t) => {
  const { dataset, rows, into, storageUrl } = await open(t)
  for (const name of ['q', 'u', 'p', 'copied']) await dataset.createTable(name, { description: name })
  t.notOk((await dataset.table('q').getMetadata())[0].schema)
  await t.rejects(rows('SELECT * FROM d.q'), { code: 400, message: /Table p:d.q does not have a schema/ })
  await t.rejects(dataset.table('q').insert([{ a: 1 }]), /The destination table has no schema/)
  t.same((await dataset.table('q').getRows())[0], [])
  const [copy] = await dataset.table('q').createCopyJob(dataset.table('copied'))
  await copy.promise()
  await into('SELECT 1 AS a', 'q', 'WRITE_EMPTY')
  t.same(await rows('SELECT * FROM d.q'), [{ a: 1 }])
  const bucket = new Storage({ projectId: 'p', apiEndpoint: storageUrl }).bucket('files')
  await bucket.create()
  await bucket.file('u.csv').save('a,b\n1,x\n', { resumable: false })
  const [load] = await dataset.table('u').createLoadJob(bucket.file('u.csv'), { autodetect: true })
  await load.promise()
  t.same(await rows('SELECT * FROM d.u'), [{ a: 1, b: 'x' }])
  const fields = [{ name: 'n', type: 'INTEGER', mode: 'REQUIRED', description: 'new' }]
  await dataset.table('p').setMetadata({ schema: { fields } })
  await dataset.table('p').insert([{ n: 1 }])
  t.same(await rows('SELECT * FROM d.p'), [{ n: 1 }])
  t.match((await dataset.table('p').getMetadata())[0], { description: 'p', schema: { fields } })
})
