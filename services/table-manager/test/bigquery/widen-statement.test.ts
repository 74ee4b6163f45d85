import { column, type Column } from '@tablestream/table-schema'
import t from 'tap'
import { isStillNarrow, widenStatement } from '../../src/bigquery/widen-statement.ts'

const record = (name: string, fields: readonly Column[], mode: Column['mode'] = 'NULLABLE') =>
  column(name, 'RECORD', { mode, fields })

t.test('one statement widens all columns that have another type', (t) => {
  const before = [column('a', 'INT64'), column('b', 'STRING'), column('c', 'NUMERIC')]
  const after = [column('a', 'NUMERIC'), column('b', 'STRING'), column('c', 'BIGNUMERIC')]
  t.equal(
    widenStatement('p.d.t', before, after),
    'ALTER TABLE `p.d.t` ALTER COLUMN `a` SET DATA TYPE NUMERIC, ALTER COLUMN `c` SET DATA TYPE BIGNUMERIC',
  )
  t.equal(widenStatement('p.d.t', before, before), undefined)
  t.end()
})

t.test('a RECORD is given again whole, with the fields that it has and no new ones', (t) => {
  const before = [record('r', [column('a', 'INT64'), record('s', [column('b', 'STRING')], 'REPEATED')])]
  const after = [
    record('r', [
      column('new', 'STRING'),
      column('a', 'FLOAT64'),
      record('s', [column('b', 'STRING'), column('c', 'STRING')], 'REPEATED'),
    ]),
    column('other', 'STRING'),
  ]
  t.equal(
    widenStatement('t', before, after),
    'ALTER TABLE `t` ALTER COLUMN `r` SET DATA TYPE STRUCT<`a` FLOAT64, `s` ARRAY<STRUCT<`b` STRING>>>',
  )
  t.end()
})

t.test('a table as it is read tells whether the statement shows', (t) => {
  const before = [column('a', 'INT64'), record('r', [column('b', 'INT64')])]
  const after = [column('a', 'NUMERIC'), record('r', [column('b', 'FLOAT64')])]
  t.equal(isStillNarrow(before, after, before), true)
  t.equal(isStillNarrow(before, after, [after[0]!, before[1]!]), true, 'half of it')
  t.equal(isStillNarrow(before, after, after), false)
  const further = [column('a', 'FLOAT64'), record('r', [column('c', 'STRING'), column('b', 'FLOAT64')])]
  t.equal(isStillNarrow(before, after, further), false, 'others have gone further')
  t.end()
})
