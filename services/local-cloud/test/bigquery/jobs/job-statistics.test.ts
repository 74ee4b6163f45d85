import t, { type Test } from 'tap'
import { openClient } from '../../open-bigquery.ts'

interface Statistics {
  readonly referencedTables?: readonly { readonly tableId: string }[]
}

async function open(t: Test) {
  const { bigquery, dataset } = await openClient(t)
  /** What its job tells. */
  const told = async (query: string, options: object = {}): Promise<Statistics> => {
    const [job] = await bigquery.createQueryJob({ query, ...options })
    if (!('dryRun' in options)) await job.promise()
    const metadata = 'dryRun' in options ? job.metadata : (await job.getMetadata())[0]
    return (metadata as { statistics: { query: Statistics } }).statistics.query
  }
  const names = ({ referencedTables = [] }: Statistics) => referencedTables.map(({ tableId }) => tableId)
  await told('CREATE TABLE d.t (id INT64, v STRING)')
  return { bigquery, dataset, told, names }
}

t.test('a job tells which tables it reads, through views too, and a dry run does', async (t) => {
  const { told, names } = await open(t)
  await told('CREATE TABLE d.u AS SELECT 1 AS id')
  await told('CREATE VIEW d.v AS SELECT t.id FROM d.t JOIN d.u USING (id)')
  t.same(names(await told('SELECT 1')), [])
  t.same(names(await told('SELECT * FROM d.v')).toSorted(), ['t', 'u'])
  t.same(names(await told('SELECT * FROM d.u', { dryRun: true })), ['u'])
  t.same(names(await told('INSERT INTO d.t (id) SELECT id FROM d.u')), ['u'])
  t.same(names(await told(`UPDATE d.t SET v = 'x' WHERE id IN (SELECT id FROM d.u)`)), ['t', 'u'])
  t.same(names(await told('CREATE TABLE d.w AS SELECT * FROM d.u')), ['u'])
})

t.test('a query whose rows are appended brings new columns and loosens others where it may', async (t) => {
  const { bigquery, dataset, told } = await open(t)
  await dataset.createTable('to', { schema: { fields: [{ name: 'a', type: 'INTEGER', mode: 'REQUIRED' }] } })
  const appended = (query: string, ...schemaUpdateOptions: string[]) =>
    told(query, {
      destination: dataset.table('to'),
      writeDisposition: 'WRITE_APPEND',
      schemaUpdateOptions,
    })
  await t.rejects(appended(`SELECT 1 AS a, 'x' AS b`), /Cannot add fields \(field: b\)/)
  await appended(`SELECT 1 AS a, 'x' AS b`, 'ALLOW_FIELD_ADDITION')
  await appended(`SELECT 'y' AS b`, 'ALLOW_FIELD_RELAXATION')
  t.same((await bigquery.query('SELECT a, b FROM d.to ORDER BY b'))[0], [
    { a: 1, b: 'x' },
    { a: null, b: 'y' },
  ])
})
