import t from 'tap'
import { columnsRead } from '../../../src/bigquery/bytes/bytes-read.ts'
import { KnownBytes } from '../../../src/bigquery/bytes/known-bytes.ts'
import type { Table } from '../../../src/bigquery/table/table.ts'
import { openClient } from '../../open-bigquery.ts'

const COLUMNS = 2000

t.test('the columns that a query reads are looked for once, whatever their number', (t) => {
  let looks = 0
  const fields = Array.from({ length: COLUMNS }, (_, n) => ({
    type: 'INTEGER',
    get name() {
      looks++
      return `k${n}`
    },
  }))
  const table: Table = {
    reference: { projectId: 'p', datasetId: 'd', tableId: 'wide' },
    spec: {},
    fields,
    etag: '',
    incarnation: 'i',
    creationTime: 0,
    lastModifiedTime: 0,
  }
  const projections = fields.map((_, n) => `k${n}`)
  const plan = [
    { name: 'SEQ_SCAN', extra_info: { Table: '"tablestream"."p:d"."wide"', Projections: projections } },
  ]
  const [read] = columnsRead('SELECT * FROM d.wide', plan, [table])
  t.equal(read?.fields.length, COLUMNS)
  t.ok(looks < 10 * COLUMNS, `${looks} looks at ${COLUMNS} columns`)
  t.end()
})

t.test('nobody asks how much a view reads that is made', async (t) => {
  const { bigquery, dataset } = await openClient(t)
  await dataset.createTable('t', { schema: { fields: [{ name: 'n', type: 'INTEGER' }] } })
  const asked = t.capture(KnownBytes.prototype, 'bytesOf', () => Promise.resolve(5))
  await dataset.createTable('v', { view: { query: 'SELECT n FROM d.t', useLegacySql: false } })
  t.equal(asked().length, 0)
  await bigquery.createQueryJob({ query: 'SELECT n FROM d.v', dryRun: true })
  t.equal(asked().length, 1, 'of a query it is told')
})
