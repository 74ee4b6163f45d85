import { column, type Column } from '@tablestream/table-schema'
import t from 'tap'
import { aheadRows, aheadTablesOf, placesQuery, stagingSql } from '../../src/land/staged-rows.ts'

const record = (...names: string[]): Column => ({
  ...column('r', 'RECORD'),
  fields: names.map((name) => column(name, 'INT64')),
})
const COLUMNS = [column('a', 'INT64'), column('b', 'FLOAT64'), record('x', 'y')]
const SHARE = 2 ** 32

t.test('of a table that was filled in the survey the rows of the shares are read that are meant', (t) => {
  const there = [column('a', 'INT64'), column('_load_place', 'INT64'), column('_load_match', 'STRING')]
  const { rows, names } = aheadRows(COLUMNS, { table: '`t`', there, shares: [5, 0, 1] })
  t.same(names, ['a'])
  t.equal(
    stagingSql([rows]),
    `(SELECT * FROM \`t\` WHERE (_load_place >= 0 AND _load_place < ${2 * SHARE}) OR (_load_place >= ${5 * SHARE} AND _load_place < ${6 * SHARE}))`,
  )
  t.match(placesQuery(COLUMNS, [rows]), /FROM \(SELECT _load_place FROM `t` WHERE \(_load_place >= 0/)
  t.equal(stagingSql([{ table: '`t`' }]), '`t`')
  t.end()
})

t.test(
  'its columns are those of the end: a RECORD has all fields, and what became another column is left out',
  (t) => {
    const there = [column('a', 'INT64'), column('b', 'INT64'), record('x')]
    const { rows, names } = aheadRows(COLUMNS, { table: '`t`', there, shares: [0] })
    t.same(names, ['a', 'r'])
    t.match(
      rows.select,
      /^\* EXCEPT \(`b`\) REPLACE \(IF\(`r` IS NULL, NULL, STRUCT\(.*CAST\(NULL AS INT64\) AS `y`\)\) AS `r`\)$/,
    )
    t.end()
  },
)

t.test('each table is named once, with all of its shares', (t) => {
  const ahead = (share: number, ...tables: string[]) => ({ ahead: { share, tables, objects: ['o'] } })
  t.same(
    [...aheadTablesOf([ahead(0, 'a'), {}, ahead(2, 'a', 'b')])],
    [
      ['a', [0, 2]],
      ['b', [2]],
    ],
  )
  t.end()
})
