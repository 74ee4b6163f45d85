import { column, type Column } from '@tablestream/table-schema'
import t from 'tap'
import type { JobConfiguration } from '../../src/google/bigquery.ts'
import { LoadsAhead } from '../../src/land/loads-ahead.ts'
import type { StoredRows } from '../../src/rows-options.ts'
import type { SourceLoad } from '../../src/source-load.ts'

type Load = NonNullable<JobConfiguration['load']>

/** @param fails the number of the job that fails */
function open({ fails = Infinity, streamBytes = 0, portionBytes = 2 } = {}) {
  const loads: Load[] = []
  const notes = new Map<string, unknown>()
  const tables = new Set<string>()
  const warehouse = {
    makeTable: (name: string) => Promise.resolve(void tables.add(name)),
    dropTable: (name: string) => Promise.resolve(void tables.delete(name)),
    runOnce: (_: string, { load }: { readonly load: Load }) => {
      loads.push(load)
      return loads.length === fails ? Promise.reject(new Error('denied')) : Promise.resolve({})
    },
  }
  const workshop = {
    uriOf: (name: string) => name,
    make: (name: string, value: unknown) => Promise.resolve(void notes.set(name, value)),
  }
  const parts = { warehouse, streamBytes, portionBytes, tasks: 1 }
  const source = { parts, workshop, load: { loadId: 'x' } } as unknown as SourceLoad
  return { ahead: new LoadsAhead(source), loads, notes, tables }
}

const columnsOf = (many: number): readonly Column[] =>
  Array.from({ length: many }, (_, number) => column(`c${number}`, 'STRING'))

const stored = (object: string, columns: readonly Column[], used: readonly string[]): StoredRows => ({
  eventType: 'thing',
  object,
  rows: 1,
  bytes: 1,
  used: new Set(used),
  columns,
})
const later = () => new Promise((resolve) => setImmediate(resolve))
const namesOf = ({ fields }: Load) => fields.map(({ name }) => name).filter((name) => name.startsWith('c'))

t.test('rows are loaded while more are made, into tables with their columns and few others', async (t) => {
  const { ahead, loads, notes, tables } = open()
  const share = ahead.share({ index: 0 })
  share.add(stored('o1', columnsOf(10), ['c0', 'c9']))
  await later()
  t.equal(loads.length, 1, 'before the share ends')
  share.add(stored('o2', columnsOf(100), ['c0', 'c50']))
  await later()
  const many = columnsOf(100).map(({ name }) => name)
  for (const [object, used] of [
    ['o3', many],
    ['o4', ['c1']],
  ] as const) {
    share.add(stored(object, columnsOf(100), used))
    await later()
  }
  share.end()
  await ahead.end()
  t.same(
    loads.slice(0, 2).map(namesOf),
    [
      ['c0', 'c9'],
      ['c0', 'c9', 'c50'],
    ],
    'the second one brings a column',
  )
  t.same(
    loads.map(({ grows }) => grows),
    [false, true, true, false],
  )
  t.equal(loads[2]!.table, loads[0]!.table)
  t.not(loads[3]!.table, loads[0]!.table, 'of which 99 columns would be empty')
  t.same(notes.get('staged-000000.json'), {
    thing: { share: 0, tables: [...tables], objects: ['o1', 'o2', 'o3', 'o4'] },
  })
  await ahead.drop()
  t.equal(tables.size, 0)
})

t.test('what was made for columns that became others is not counted, and its table is left', async (t) => {
  const { ahead, loads, notes } = open()
  const first = ahead.share({ index: 3 })
  first.add(stored('useless', columnsOf(1), ['c0']))
  await later()
  first.leave()
  first.add(stored('on its way', columnsOf(1), ['c0']))
  const again = ahead.share({ index: 3 })
  again.add(stored('o', [column('c0', 'INT64')], ['c0']))
  again.end()
  await ahead.end()
  t.same(
    loads.map(({ sourceUris }) => sourceUris),
    [['useless'], ['o']],
  )
  t.same(
    [...notes],
    [['staged-000003.json', { thing: { share: 3, tables: [loads[1]!.table], objects: ['o'] } }]],
  )
  t.not(loads[0]!.table, loads[1]!.table)
})

t.test('a job that fails ends it, and its share has no rows that count', async (t) => {
  const { ahead, loads, notes } = open({ fails: 2 })
  for (const index of [0, 1, 2]) {
    const share = ahead.share({ index })
    share.add(stored(`o${index}`, columnsOf(1), ['c0']))
    await later()
    share.end()
  }
  await ahead.end()
  t.equal(loads.length, 2)
  t.same([...notes.keys()], ['staged-000000.json'])
})

t.test(
  'of a source that a stream takes nothing is loaded ahead, and of little not until the end',
  async (t) => {
    const small = open({ streamBytes: 100 })
    const few = open({ portionBytes: 100 })
    for (const { ahead } of [small, few]) {
      const share = ahead.share({ index: 0 })
      share.add(stored('o', columnsOf(1), ['c0']))
      share.end()
      await later()
    }
    t.equal(few.loads.length, 0)
    for (const { ahead } of [small, few]) await ahead.end()
    t.equal(few.loads.length, 1)
    t.equal(small.loads.length + small.notes.size, 0)
  },
)

t.test('what is abandoned leaves no table, not even behind a job that still ran', async (t) => {
  const { ahead, loads, tables } = open()
  const share = ahead.share({ index: 0 })
  share.add(stored('o1', columnsOf(1), ['c0']))
  share.add(stored('o2', columnsOf(1), ['c0']))
  await ahead.abandon()
  share.end()
  await ahead.end()
  t.equal(loads.length, 1, 'the second one is not begun')
  t.same([...tables], [])
})
