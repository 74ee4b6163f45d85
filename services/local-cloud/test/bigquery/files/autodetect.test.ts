import t from 'tap'
import { detectFields } from '../../../src/bigquery/files/autodetect.ts'

t.test('columns of many rows are found by looking at each value once', (t) => {
  // a list that is copied for each value makes these rows minutes
  const rows = Array.from({ length: 40_000 }, (_, n) => ({ n, list: [{ at: n }, { at: n + 1 }] }))
  t.same(detectFields([...rows, { n: 0.5, list: [{ name: 'x' }] }]), [
    { name: 'n', type: 'FLOAT', mode: 'NULLABLE' },
    {
      name: 'list',
      type: 'RECORD',
      mode: 'REPEATED',
      fields: [
        { name: 'at', type: 'INTEGER', mode: 'NULLABLE' },
        { name: 'name', type: 'STRING', mode: 'NULLABLE' },
      ],
    },
  ])
  t.end()
})
