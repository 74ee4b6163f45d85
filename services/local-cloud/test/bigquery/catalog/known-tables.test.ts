import t from 'tap'
import { KnownTables } from '../../../src/bigquery/catalog/known-tables.ts'
import type { Table, TableSpec } from '../../../src/bigquery/table/table.ts'

const tableOf = (tableId: string, spec: TableSpec = {}): Table => ({
  reference: { projectId: 'p', datasetId: 'd', tableId },
  spec,
  fields: [],
  etag: tableId,
  creationTime: 0,
  lastModifiedTime: 0,
})

t.test('of thousands of tables only those that expire are looked at for it', (t) => {
  const tables = new KnownTables()
  for (let n = 0; n < 2000; n++)
    tables.set(`p:d.t${n}`, tableOf(`t${n}`, { timePartitioning: { type: 'DAY' } }))
  t.same(tables.expiring(), [])
  const short = tableOf('t7', { expirationTime: '1' })
  const parts = tableOf('t8', { timePartitioning: { type: 'DAY', expirationMs: '1' } })
  tables.set('p:d.t7', short)
  tables.set('p:d.t8', parts)
  t.same(tables.expiring(), [
    ['p:d.t7', short],
    ['p:d.t8', parts],
  ])
  tables.set('p:d.t7', tableOf('t7'))
  tables.delete('p:d.t8')
  t.same(tables.expiring(), [], 'nor one that expires no more, or is gone')
  t.equal(tables.all().length, 1999)
  t.end()
})

t.test('a table is found by its id in another case, until it is gone', (t) => {
  const tables = new KnownTables()
  tables.set('p:d.Orders', tableOf('Orders'))
  t.equal(tables.twinOf('p:d.oRDERS'), 'p:d.Orders')
  t.equal(tables.get('p:d.oRDERS'), undefined)
  tables.delete('p:d.Orders')
  t.equal(tables.twinOf('p:d.orders'), undefined)
  t.end()
})
