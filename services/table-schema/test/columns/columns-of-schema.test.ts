import t from 'tap'
import { columnsOfSchema } from '../../src/columns/columns-of-schema.ts'

t.test('a contract becomes columns', (t) => {
  const columns = columnsOfSchema({
    required: ['id', 'items'],
    properties: {
      id: { type: 'string' },
      at: { type: 'string', format: 'date-time' },
      kind: { enum: ['a', 'b'] },
      event_date: { type: 'string', format: 'date' },
      items: {
        type: 'array',
        items: { type: 'object', required: ['n'], properties: { n: { type: 'integer' } } },
      },
    },
  })
  t.match(columns, [
    { name: 'id', type: 'STRING', mode: 'REQUIRED' },
    { name: 'at', type: 'TIMESTAMP', mode: 'NULLABLE' },
    { name: 'kind', type: 'STRING' },
    {
      name: 'items',
      type: 'RECORD',
      mode: 'REPEATED',
      fields: [{ name: 'n', type: 'INT64', mode: 'REQUIRED' }],
    },
  ])
  t.equal(columns.length, 4, 'event_date is a system column')
  t.end()
})

t.test('a field that no column can hold is named', (t) => {
  t.throws(() => columnsOfSchema({ properties: { x: { properties: {} } } }), /\/x has no column type/)
  t.end()
})
