import { column, SYSTEM_COLUMNS, type Column } from '@tablestream/table-schema'
import t from 'tap'
import { stagingFields, stagingTableOf, stagingTablesOf } from '../../src/land/staging-table.ts'
import type { WrittenType } from '../../src/written.ts'

const columnsOf = (own: number): readonly Column[] => [
  ...SYSTEM_COLUMNS,
  ...Array.from({ length: own }, (_, number) => column(`c${number}`, 'STRING')),
]
const written = (columns?: readonly string[], rows = 1): WrittenType => ({
  table: 'things',
  rows,
  deadLetters: 0,
  days: [],
  objects: ['rows'],
  ...(columns && { columns }),
})
const namesOf = (columns: readonly Column[]) => columns.map(({ name }) => name)

t.test('few columns are in one table, whatever rows have of them', (t) => {
  const columns = columnsOf(32)
  for (const names of [['c0'], ['c31', 'c5'], undefined])
    t.same(stagingTableOf(columns, names), { suffix: '', columns })
  t.end()
})

t.test('rows with values of few of many columns have a table with their groups of these', (t) => {
  const columns = columnsOf(225)
  t.same(
    namesOf(stagingTableOf(columns, ['c0', 'c40', 'c224']).columns),
    namesOf(
      columns.filter(
        (_, index) => index < SYSTEM_COLUMNS.length + 64 || index >= SYSTEM_COLUMNS.length + 224,
      ),
    ),
  )
  t.equal(stagingTableOf(columns, ['c0', 'c40', 'c224']).suffix, '_83')
  t.equal(stagingTableOf(columns, ['c31', 'c33']).suffix, '_3', 'others of the same groups')
  t.same(stagingTableOf(columns, []), { suffix: '_0', columns: SYSTEM_COLUMNS })
  t.same(stagingTableOf(columns, undefined), { suffix: '', columns }, 'nobody knows which')
  t.same(stagingTableOf(columns, namesOf(columns)), { suffix: '', columns })
  t.end()
})

t.test('a column of RANGE that others made is in no table: none of its values is known', (t) => {
  const columns = columnsOf(40)
  const others = [...columns.slice(0, 20), column('during', 'RANGE'), ...columns.slice(20)]
  for (const names of [undefined, ['c0'], ['c39']])
    t.same(stagingTableOf(others, names), stagingTableOf(columns, names))
  t.end()
})

t.test('ten thousand columns make no more groups: a query reads 1,000 tables', (t) => {
  const columns = columnsOf(9994)
  const some = columns.filter((_, index) => index % 250 === 0)
  const suffixes = new Set(some.map(({ name }) => stagingTableOf(columns, [name]).suffix))
  t.same([...suffixes], ['_0', '_1', '_2', '_4', '_8', '_10', '_20', '_40', '_80'])
  t.end()
})

t.test('the tables of a load are those that rows are in, each once', (t) => {
  const columns = columnsOf(100)
  const all = [written(['c0']), written(['c99']), written(['c5']), written(['c40'], 0), written()]
  t.same(
    stagingTablesOf(columns, all).map(({ suffix }) => suffix),
    ['_1', '_8', ''],
  )
  t.end()
})

t.test('its fields are empty where a row says nothing, and two are the load’s own', (t) => {
  const required: Column = { ...column('a', 'INT64'), mode: 'REQUIRED' }
  const list: Column = { ...column('b', 'STRING'), mode: 'REPEATED' }
  t.same(stagingFields([required, list, column('_load_x', 'STRING')], [required, list]), [
    { name: 'a', type: 'INT64', mode: 'NULLABLE' },
    { name: 'b', type: 'STRING', mode: 'REPEATED' },
    { name: '_load2_place', type: 'INTEGER' },
    { name: '_load2_match', type: 'STRING' },
  ])
  t.end()
})
