import t from 'tap'
import { wayOf } from '../../src/land/way.ts'

t.test('few records land by a stream, many or large ones by load jobs', (t) => {
  const by = (records: number, bytes: number, limit = 1000) => wayOf({ records, bytes }, limit).by
  t.equal(by(0, 0), 'pending stream')
  t.equal(by(10_000, 1000), 'pending stream')
  t.equal(by(10_001, 1000), 'load jobs', 'their keys would not go into one query')
  t.equal(by(10, 1001), 'load jobs')
  t.equal(by(0, 0, 0), 'load jobs', 'none is wanted')
  t.equal(by(10, Number.NaN), 'load jobs', 'a survey of an older version counts no bytes')
  t.end()
})
