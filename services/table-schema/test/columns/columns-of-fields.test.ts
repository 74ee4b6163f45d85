import t from 'tap'
import { columnsOfFields } from '../../src/index.ts'

t.test(
  'a field of the REST API is a column under GoogleSQL’s name of its type, at every level, with the JSON key it tells',
  (t) => {
    const columns = columnsOfFields([
      { name: 'event_id', type: 'STRING', mode: 'required' },
      { name: 'n', type: 'INTEGER' },
      {
        name: 'r',
        type: 'STRUCT',
        mode: 'REPEATED',
        fields: [{ name: 'x_1', type: 'float', description: 'JSON key "x.1"' }],
      },
    ])
    t.match(columns, [
      { name: 'event_id', type: 'STRING', mode: 'REQUIRED' },
      { name: 'n', key: 'n', type: 'INT64', mode: 'NULLABLE' },
      {
        type: 'RECORD',
        mode: 'REPEATED',
        fields: [{ name: 'x_1', key: 'x.1', type: 'FLOAT64', mode: 'NULLABLE' }],
      },
    ])
    t.end()
  },
)
