import t from 'tap'
import { classify, isDenied } from '../../src/append/append-errors.ts'

const withStorageError = (code: number, storage: number) => ({
  code,
  message: 'no',
  metadata: {
    get: (key: string) =>
      key === 'google.cloud.bigquery.storage.v1.storageerror-bin' ? [Buffer.from([8, storage])] : [],
  },
})

t.test('each end of a connection tells what to do with its rows', (t) => {
  const cases: [object, string][] = [
    [{ code: 5, message: 'Requested entity was not found' }, 'not_shown'],
    [{ code: 7, message: 'Permission denied' }, 'not_shown'],
    [
      { code: 3, message: "Input schema has more fields than BigQuery schema, extra fields: 'root.x'" },
      'other_columns',
    ],
    [
      {
        code: 3,
        message:
          'The proto field mismatched with BigQuery field at Row.n, the proto field type string, BigQuery field type INTEGER',
      },
      'other_columns',
    ],
    [{ code: 3, message: 'something else' }, 'refused'],
    [{ code: 3, message: 'Request of 11000000 bytes exceeds the limit of 10485760 bytes.' }, 'refused'],
    [{ code: 8, message: 'Received message larger than max (12000000 vs. 4194304)' }, 'refused'],
    [withStorageError(3, 7), 'other_columns'],
    [withStorageError(9, 1), 'not_shown'],
    [withStorageError(3, 6), 'retry'],
    [{ code: 3, message: 'Stream is finalized. STREAM_FINALIZED' }, 'retry'],
  ]
  for (const [error, wanted] of cases) t.equal(classify(error), wanted, JSON.stringify(error))
  t.end()
})

t.test('a status that says nothing of the rows is tried again, whatever it is', (t) => {
  // 9, 11, 12, 15, 16: FAILED_PRECONDITION, OUT_OF_RANGE, UNIMPLEMENTED, DATA_LOSS, UNAUTHENTICATED
  for (const code of [1, 2, 4, 6, 8, 9, 10, 11, 12, 13, 14, 15, 16, 99])
    t.equal(classify({ code, message: 'no' }), 'retry', `${code}`)
  t.equal(classify(new Error('socket hang up')), 'retry')
  t.end()
})

t.test('a table that we may not see may be there', (t) => {
  t.ok(isDenied({ code: 7, message: 'Permission denied' }))
  t.notOk(isDenied({ code: 5, message: 'Requested entity was not found' }))
  t.notOk(isDenied({ code: 14, message: 'no' }))
  t.end()
})
