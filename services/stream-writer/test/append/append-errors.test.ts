import t from 'tap'
import { classify } from '../../src/append/append-errors.ts'

t.test('each end of a connection tells what to do with its rows', (t) => {
  const cases: [object, string][] = [
    [{ code: 5, message: 'Requested entity was not found' }, 'missing'],
    [{ code: 7, message: 'Permission denied' }, 'missing'],
    [
      { code: 3, message: "Input schema has more fields than BigQuery schema, extra fields: 'root.x'" },
      'unknown_columns',
    ],
    [{ code: 3, message: 'something else' }, 'refused'],
    [{ code: 16, message: 'who are you' }, 'refused'],
    [{ code: 14 }, 'retry'],
    [{ code: 8 }, 'retry'],
    [new Error('socket hang up'), 'retry'],
  ]
  for (const [error, wanted] of cases) t.equal(classify(error), wanted, JSON.stringify(error))
  t.end()
})
