import t from 'tap'
import { TableHistory } from '../../../src/bigquery/store/table-history.ts'
import type { Table } from '../../../src/bigquery/table/table.ts'

const tableOf = (tableId: string): Table => ({
  reference: { projectId: 'p', datasetId: 'd', tableId },
  spec: {},
  fields: [{ name: 'n', type: 'INT64' }],
  etag: '',
  incarnation: tableId,
  creationTime: 0,
  lastModifiedTime: 0,
})

/** A history in which each thing happens a millisecond after the one before. */
function open() {
  const clock = { ms: 0 }
  const history = new TableHistory(() => clock.ms)
  history.knows(tableOf, () => 7 * 86_400_000)
  return {
    clock,
    keep: (tableId: string, copy?: string) => {
      clock.ms++
      history.keep(tableOf(tableId), copy === undefined ? undefined : { name: copy, rows: copy, values: 1 })
    },
    at: (tableId: string, ms: number) => history.rowsAt(tableOf(tableId), ms).sql,
    gone: () => history.takeGone().map(({ name }) => name),
  }
}

t.test('new columns take no place of a copy', (t) => {
  const { keep, at, gone } = open()
  keep('t', 'copy')
  for (let times = 0; times < 400; times++) keep(`other${times % 4}`)
  t.same(gone(), [])
  t.match(at('t', 0), 'copy')
  t.end()
})

t.test('of too many copies the oldest is forgotten, whatever table came first', (t) => {
  const { clock, keep, at, gone } = open()
  keep('first')
  keep('old', 'oldest')
  keep('first', 'newer')
  for (let table = 0; table < 29; table++) for (let n = 0; n < 10; n++) keep(`t${table}`, `${table} ${n}`)
  for (let n = 0; n < 8; n++) keep('last', `last ${n}`)
  t.same(gone(), [], '300 copies')
  keep('last', 'one more')
  t.same(gone(), ['oldest'])
  t.match(at('first', 2), 'newer')
  t.throws(() => at('old', 1), /of which it keeps no older rows/)
  t.match(at('old', clock.ms), /old/)
  t.end()
})
