import t from 'tap'
import {
  column,
  parseJson,
  plan,
  planAll,
  SYSTEM_COLUMNS,
  type Column,
  type JsonObject,
} from '../../src/index.ts'

const parse = (json: string): JsonObject => parseJson(json) as JsonObject
const own = (columns: readonly Column[]): readonly Column[] => columns.slice(SYSTEM_COLUMNS.length)
const shown = (columns: readonly Column[]): string[] =>
  columns.map(({ name, type, mode, fields }) => {
    const inner = fields ? `<${shown(fields).join(', ')}>` : ''
    return `${name} ${type}${inner}${mode === 'NULLABLE' ? '' : ` ${mode}`}`
  })

t.test('JSON in, column out', (t) => {
  const cases: [json: string, columns: string[]][] = [
    ['{"a":true}', ['a BOOL']],
    ['{"a":1}', ['a INT64']],
    ['{"a":1.5}', ['a FLOAT64']],
    ['{"a":9223372036854775807}', ['a INT64']],
    ['{"a":9223372036854775808}', ['a NUMERIC']],
    ['{"a":-99999999999999999999999999999}', ['a NUMERIC']],
    ['{"a":100000000000000000000000000000}', ['a BIGNUMERIC']],
    ['{"a":99999999999999999999999999999999999999}', ['a BIGNUMERIC']],
    ['{"a":123456789012345678901234567890123456789}', []],
    ['{"a":100000000000000000000000000000000000000}', ['a FLOAT64']],
    ['{"a":1e20,"b":1e16,"c":1e30}', ['a NUMERIC', 'b INT64', 'c BIGNUMERIC']],
    ['{"a":9007199254740993.0}', ['a INT64']],
    ['{"a":0.30000000000000004,"b":19.99}', ['a FLOAT64', 'b FLOAT64']],
    ['{"a":12345678.123456789,"b":1000000000000000.3}', ['a NUMERIC', 'b NUMERIC']],
    ['{"a":99999999999999999999999999999.123456789}', ['a NUMERIC']],
    ['{"a":1.000000000000000005,"b":0.1234567890123456789}', ['a BIGNUMERIC', 'b BIGNUMERIC']],
    ['{"a":0.00000000000000000000000000000000000000123456789}', ['a FLOAT64']],
    ['{"a":0.0000000000000000000000123456789012345678901}', []],
    ['{"a":1e-400,"b":2.4e-324,"c":123e-10000000}', []],
    ['{"a":[1,9223372036854775808]}', ['a NUMERIC REPEATED']],
    ['{"a":[1.5,9223372036854775808]}', ['a NUMERIC REPEATED']],
    ['{"a":1.0,"b":1e3}', ['a INT64', 'b INT64']],
    ['{"a":1e300}', ['a FLOAT64']],
    ['{"a":1e400}', []],
    ['{"a":"text"}', ['a STRING']],
    ['{"a":"1"}', ['a STRING']],
    ['{"a":"2026-01-31"}', ['a DATE']],
    ['{"a":"2026-02-31"}', ['a STRING']],
    ['{"a":"2026-01-31T10:00:00Z"}', ['a TIMESTAMP']],
    ['{"a":"2026-01-31T10:00:00.123456+02:00"}', ['a TIMESTAMP']],
    ['{"a":"2026-01-31T10:00:00.1234567Z"}', ['a STRING']],
    ['{"a":"2026-01-31T10:00:00"}', ['a STRING']],
    ['{"a":"2026-01-31 10:00:00 UTC"}', ['a TIMESTAMP']],
    ['{"a":"2026-01-31 10:00:00"}', ['a STRING']],
    ['{"a":"12:46:01","b":"23:59:59.999999"}', ['a TIME', 'b TIME']],
    ['{"a":"24:00:00","b":"12:46","c":"1:02:03"}', ['a STRING', 'b STRING', 'c STRING']],
    ['{"a":null,"b":[],"c":{},"d":{"e":null}}', []],
    ['{"a":{"b":1,"c":{"d":"x"}}}', ['a RECORD<b INT64, c RECORD<d STRING>>']],
    ['{"a":[1,2]}', ['a INT64 REPEATED']],
    ['{"a":[1,2.5]}', ['a FLOAT64 REPEATED']],
    ['{"a":["x","2026-01-31"]}', ['a STRING REPEATED']],
    ['{"a":[1,"x"]}', ['a JSON']],
    ['{"a":[1,null]}', ['a JSON']],
    ['{"a":[[1]]}', ['a JSON']],
    ['{"a":[{"b":1},{"b":2.5,"c":"x"}]}', ['a RECORD<b FLOAT64, c STRING> REPEATED']],
    ['{"a":[{"b":1},{"b":"x"}]}', ['a RECORD<b JSON> REPEATED']],
    ['{"a":[{},{}]}', []],
    ['{"a":[9007199254740993,1.5]}', ['a NUMERIC REPEATED']],
    ['{"a":[1.5,12345678.123456789,0.1234567891]}', ['a BIGNUMERIC REPEATED']],
    ['{"a":[1e300,12345678.123456789]}', ['a JSON']],
    ['{"a":[1,1e-400]}', ['a JSON']],
  ]
  for (const [json, wanted] of cases) t.same(shown(own(plan(undefined, parse(json)).columns)), wanted, json)
  t.end()
})

t.test('an object deeper than 15 records becomes a JSON column', (t) => {
  let json = '{"end":1}'
  for (let level = 0; level < 20; level++) json = `{"r":${json}}`
  let columns = own(plan(undefined, parse(json)).columns)
  let depth = 0
  while (columns[0]?.fields) {
    depth++
    columns = columns[0].fields
  }
  t.equal(depth, 15)
  t.same(shown(columns), ['r JSON'])
  t.end()
})

t.test('change, plan', (t) => {
  const table = plan(
    undefined,
    parse('{"n":1,"s":"x","at":"2026-01-01T00:00:00Z","r":{"a":1},"l":[{"a":1}]}'),
  ).columns
  const cases: [json: string, outcome: string, added: string[], conflicts: string[]][] = [
    ['{"n":2}', 'fits', [], []],
    ['{"n":null,"r":null,"l":[],"s":{}}', 'fits', [], []],
    ['{"x":1}', 'alter', ['x'], []],
    ['{"r":{"b":2}}', 'alter', ['r.b'], []],
    ['{"l":[{"a":1},{"b":1},{"b":2.5}]}', 'alter', ['l.b'], []],
    ['{"n":"two"}', 'fits', [], ['/n type_conflict']],
    ['{"n":true}', 'fits', [], ['/n type_conflict']],
    ['{"s":5}', 'fits', [], ['/s type_conflict']],
    ['{"at":1700000000}', 'fits', [], ['/at type_conflict']],
    ['{"at":"yesterday"}', 'fits', [], ['/at type_conflict']],
    ['{"r":[{"a":1}]}', 'fits', [], ['/r type_conflict']],
    ['{"l":{"a":1}}', 'fits', [], ['/l type_conflict']],
    ['{"l":[{"a":1},{"a":"x"}]}', 'fits', [], ['/l/1/a type_conflict']],
    ['{"l":[{"a":1},5]}', 'fits', [], ['/l type_conflict']],
    ['{"l":[{"a":1.5}]}', 'fits', [], ['/l/0/a type_conflict']],
    ['{"y":1e400}', 'fits', [], ['/y no_column_type']],
    ['{"y":[{}],"z":1}', 'alter', ['z'], ['/y no_column_type']],
    ['{"a/b~c":[{}]}', 'fits', [], ['/a~1b~0c no_column_type']],
  ]
  for (const [json, outcome, added, conflicts] of cases) {
    const planned = plan(table, parse(json))
    t.equal(planned.outcome, outcome, json)
    t.same(planned.added, added, json)
    t.same(
      planned.conflicts.map(({ path, reason }) => `${path} ${reason}`),
      conflicts,
      json,
    )
  }
  t.end()
})

t.test('numbers that a column cannot hold widen it, where BigQuery can', (t) => {
  const table = plan(undefined, parse('{"n":1,"r":{"m":1},"l":[1]}')).columns
  const cases: [json: string, widened: string[]][] = [
    ['{"n":1.5}', ['n INT64 NUMERIC']],
    ['{"n":9223372036854775808}', ['n INT64 NUMERIC']],
    ['{"n":0.1234567891}', ['n INT64 BIGNUMERIC']],
    ['{"n":12345678.123456789}', ['n INT64 NUMERIC']],
    ['{"n":1.000000000000000005}', ['n INT64 BIGNUMERIC']],
    ['{"n":1e20}', ['n INT64 NUMERIC']],
    ['{"n":1e300}', []],
    ['{"n":1e-39}', []],
    ['{"n":1e-400}', []],
    ['{"n":100000000000000000000000000000}', ['n INT64 BIGNUMERIC']],
    ['{"r":{"m":1.5}}', ['r.m INT64 NUMERIC']],
    ['{"l":[1.5]}', []],
    ['{"n":"1.5"}', []],
  ]
  for (const [json, wanted] of cases) {
    const planned = plan(table, parse(json))
    t.same(
      planned.widened.map(({ path, from, to }) => `${path} ${from} ${to}`),
      wanted,
      json,
    )
    if (wanted.length > 0) t.equal(plan(planned.columns, parse(json)).outcome, 'fits', json)
  }
  const numeric = plan(table, parse('{"n":1.5}')).columns
  t.match(plan(numeric, parse('{"n":1e-12}')).widened, [{ from: 'NUMERIC', to: 'BIGNUMERIC' }])
  t.same(plan(numeric, parse('{"n":1e-7}')).widened, [])
  t.match(plan(numeric, parse('{"n":1e300}')), { widened: [], conflicts: [{ path: '/n' }] })
  t.equal(plan(numeric, parse('{"n":7}')).outcome, 'fits')
  t.end()
})

t.test('a REQUIRED column without a value is relaxed; with a wrong one it is a conflict', (t) => {
  const required = { mode: 'REQUIRED' } as const
  const inner = column('b', 'INT64', required)
  const table = [
    ...SYSTEM_COLUMNS,
    column('a', 'INT64', required),
    column('r', 'RECORD', { fields: [inner] }),
  ]
  t.match(plan(table, parse('{"r":{"c":1}}')), { relaxed: ['r.b', 'a'], added: ['r.c'] })
  t.match(plan(table, parse('{"a":null}')), { relaxed: ['a'], outcome: 'alter' })
  t.match(plan(table, parse('{"a":"x"}')), {
    relaxed: [],
    conflicts: [{ path: '/a', columnMode: 'REQUIRED' }],
  })
  t.equal(plan(table, parse('{"a":1}')).outcome, 'fits', 'a record that is absent lacks nothing')
  t.end()
})

t.test('an object used as a map becomes one JSON column', (t) => {
  const map = (count: number, from = 0): string => {
    const entries = Array.from({ length: count }, (_, index) => `"sku-${from + index}":${index}`)
    return `{"m":{${entries.join(',')}}}`
  }
  t.same(shown(own(plan(undefined, parse(map(301))).columns)), ['m JSON'], 'at once, with more than 300 keys')

  const before = plan(undefined, parse(map(200))).columns
  const grown = plan(before, parse(map(100, 200))).columns
  t.equal(own(grown)[0]!.fields!.length, 300)
  const planned = plan(grown, parse(map(1, 300)))
  t.same(planned.added, ['m_map'], 'a record that is full gets a map column beside it')
  t.match(own(planned.columns), [
    { name: 'm', type: 'RECORD' },
    { name: 'm_map', key: 'm', type: 'JSON', map: true },
  ])
  t.equal(own(planned.columns)[0], own(grown)[0], 'its columns stay')
  for (const json of [map(1, 300), map(400), map(2, 100), '{"m":{"sku-1":"text"}}']) {
    t.match(plan(planned.columns, parse(json)), { outcome: 'fits', conflicts: [] }, json.slice(0, 40))
  }
  t.end()
})

t.test('a table whose columns are frozen takes no new ones, and widens none', (t) => {
  const table = plan(undefined, parse('{"n":1,"r":{"a":1},"l":[{"a":1}]}')).columns
  const planned = plan(table, parse('{"n":1.5,"new":1,"r":{"b":1},"l":[{"b":1}]}'), { columns: 'freeze' })
  t.equal(planned.outcome, 'fits')
  t.same(
    planned.conflicts.map(({ path, reason }) => `${path} ${reason}`),
    ['/n type_conflict', '/new columns_frozen', '/r/b columns_frozen', '/l/0/b columns_frozen'],
  )
  t.end()
})

t.test('a table at its column limit takes no more: the values are conflicts', (t) => {
  const planned = plan(undefined, parse('{"a":1,"b":2,"c":{"d":1}}'), {
    columnLimit: SYSTEM_COLUMNS.length + 2,
  })
  t.same(planned.added, ['a', 'b'])
  t.match(planned.conflicts, [{ path: '/c', reason: 'column_limit' }])
  t.end()
})

t.test('a table that others made gets the columns that every table has', (t) => {
  t.same(
    plan([column('n', 'INT64')], parse('{"n":1}')).added,
    SYSTEM_COLUMNS.map(({ name }) => name),
  )
  t.end()
})

t.test('keys that only others may use get columns of their own', (t) => {
  const { columns } = plan(undefined, parse('{"_unmapped":1,"processed_timestamp":"x","event_id":"i"}'))
  t.match(own(columns), [
    { key: '_unmapped', name: /^_unmapped_[0-9a-f]{8}$/ },
    { key: 'processed_timestamp' },
  ])
  t.equal(own(columns).length, 2, 'event_id belongs to the envelope')
  t.end()
})

t.test(
  'a FLOAT64 column takes a number whose digits a double gives back, printed with as many, and no other',
  (t) => {
    const table = plan(undefined, parse('{"n":1.5}')).columns
    for (const number of [
      '1',
      '0.30000000000000004',
      '1e300',
      '1e23',
      '100000000000000000000000',
      '9007199254740992',
      // as C prints doubles, Java's and C#'s older versions, PHP, and databases
      '0.10000000000000001',
      '98765432.099999994',
      '1000000000000000.3',
      '4.9406564584124654e-324',
      '1.7976931348623157e+308',
    ])
      t.match(plan(table, parse(`{"n":${number}}`)), { outcome: 'fits', conflicts: [] }, number)
    for (const number of [
      '9007199254740993',
      '123456789012.123456789',
      '0.100000000000000005',
      '0.10000000000000004',
      '1e400',
      '1e-400',
    ])
      t.match(plan(table, parse(`{"n":${number}}`)), { outcome: 'fits', conflicts: [{ path: '/n' }] }, number)
    t.end()
  },
)

t.test('a column that nobody has made yet takes the type that holds all that is planned together', (t) => {
  const together = (...events: string[]): readonly Column[] => planAll(undefined, events.map(parse)).columns
  const cases: [events: string[], columns: string[]][] = [
    [['{"a":"2026-01-31"}', '{"a":"soon"}'], ['a STRING']],
    [['{"a":"soon"}', '{"a":"2026-01-31"}'], ['a STRING']],
    [['{"a":"12:00:00"}', '{"a":"2026-01-31T10:00:00Z"}', '{"a":"x"}'], ['a STRING']],
    [['{"a":["2026-01-31"]}', '{"a":["x"]}'], ['a STRING REPEATED']],
    [['{"r":{"a":"2026-01-31"}}', '{"r":{"a":""}}'], ['r RECORD<a STRING>']],
    [['{"a":1}', '{"a":1.5}'], ['a NUMERIC']],
    [['{"a":1.5}', '{"a":12345678.123456789}'], ['a BIGNUMERIC']],
    [['{"a":[1.5]}', '{"a":[12345678.123456789]}'], ['a BIGNUMERIC REPEATED']],
    [['{"a":"2026-01-31"}', '{"a":5}'], ['a DATE']],
    [['{"a":"x"}', '{"a":5}'], ['a STRING']],
  ]
  for (const [events, wanted] of cases) {
    const columns = together(...events)
    t.same(shown(own(columns)), wanted, events.join(' '))
    t.equal(plan(columns, parse(events[0]!)).outcome, 'fits')
  }
  const before = plan(undefined, parse('{"d":"2026-01-31"}')).columns
  const planned = planAll(before, [parse('{"d":"soon","e":"2026-01-31"}'), parse('{"e":"soon"}')])
  t.same(shown(own(planned.columns)), ['d DATE', 'e STRING'], 'a column that is there keeps its type')
  t.same(planned.widened, [])
  t.match(planned.conflicts, [{ path: '/d' }])
  t.end()
})

t.test('an event of few keys is not asked for each of a thousand columns, however often it comes', (t) => {
  const keys = Array.from({ length: 900 }, (_, n) => [`field_${n}`, n] as const)
  const { columns } = plan(undefined, Object.fromEntries(keys))
  let reads = 0
  const event = new Proxy<JsonObject>(
    { field_7: 1, field_800: 2 },
    {
      get(target, key) {
        reads++
        return Reflect.get(target, key) as JsonObject
      },
    },
  )
  for (let times = 0; times < 200; times++) {
    reads = 0
    plan(columns, event)
  }
  t.equal(plan(columns, event).outcome, 'fits')
  t.ok(reads < 20, `${reads} reads`)
  t.end()
})
