import { column, columnsOfFields } from '@tablestream/table-schema'
import t from 'tap'
import { asAnswered, fieldsOfColumns, shapeOf } from '../../src/bigquery/table-fields.ts'

t.test('a change keeps what others set on the fields', (t) => {
  const existing = [
    { name: 'a', type: 'INTEGER', mode: 'NULLABLE', description: 'theirs', policyTags: { names: ['x'] } },
    {
      name: 'r',
      type: 'RECORD',
      mode: 'REPEATED',
      fields: [{ name: 'b', type: 'STRING', description: 'theirs too' }],
    },
  ]
  const columns = columnsOfFields(existing)
  t.same(fieldsOfColumns(columns, existing), existing)
  const grown = [
    columns[0]!,
    {
      ...columns[1]!,
      fields: [...columns[1]!.fields!, { name: 'x_1', key: 'x.1', type: 'DATE', mode: 'NULLABLE' } as const],
    },
  ]
  const fields = fieldsOfColumns(grown, existing)
  t.same(fields[0], existing[0])
  t.match(fields[1]!.fields, [existing[1]!.fields![0]!, { name: 'x_1', description: 'JSON key "x.1"' }])
  t.equal(columnsOfFields(fields)[1]!.fields![1]!.key, 'x.1')
  t.end()
})

t.test('fields that were sent are answered under the names of the API', (t) => {
  const sent = fieldsOfColumns([
    column('a', 'INT64'),
    { ...column('r', 'RECORD'), fields: [column('b', 'FLOAT64'), column('c', 'STRING')] },
  ])
  const answered = asAnswered(sent)
  t.match(answered, [
    { name: 'a', type: 'INTEGER' },
    { name: 'r', type: 'RECORD', fields: [{ type: 'FLOAT' }, { type: 'STRING' }] },
  ])
  t.same(columnsOfFields(answered), columnsOfFields(sent))
  t.end()
})

t.test('the shape of fields is their names and types, at every level', (t) => {
  const a = { name: 'a', type: 'STRING' }
  const nested = (inner: Parameters<typeof shapeOf>[0]) => [{ name: 'r', type: 'RECORD', fields: inner! }]
  t.equal(shapeOf(nested([a])), shapeOf(nested([{ ...a, mode: 'REQUIRED', description: 'x' }])))
  t.not(shapeOf(nested([a])), shapeOf(nested([{ ...a, type: 'JSON' }])))
  t.not(shapeOf([a]), shapeOf(nested([a])))
  t.end()
})
