import fc from 'fast-check'
import t from 'tap'
import { column, parseJson, plan, SYSTEM_COLUMNS, type Column, type JsonObject } from '../src/index.ts'

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
    ['{"a":9223372036854775808}', []],
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
    ['{"a":[9007199254740993,1.5]}', ['a JSON']],
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
    ['{"n":1.5}', 'fits', [], ['/n type_conflict']],
    ['{"s":5}', 'fits', [], ['/s type_conflict']],
    ['{"at":1700000000}', 'fits', [], ['/at type_conflict']],
    ['{"at":"yesterday"}', 'fits', [], ['/at type_conflict']],
    ['{"r":[{"a":1}]}', 'fits', [], ['/r type_conflict']],
    ['{"l":{"a":1}}', 'fits', [], ['/l type_conflict']],
    ['{"l":[{"a":1},{"a":"x"}]}', 'fits', [], ['/l/1/a type_conflict']],
    ['{"l":[{"a":1},5]}', 'fits', [], ['/l type_conflict']],
    ['{"n":9223372036854775808}', 'fits', [], ['/n type_conflict']],
    ['{"y":9223372036854775808}', 'fits', [], ['/y no_column_type']],
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

const json = fc
  .jsonValue({ maxDepth: 4 })
  .filter((value) => typeof value === 'object' && value !== null && !Array.isArray(value))
const event = json.map((value) => parse(JSON.stringify(value)))

t.test('laws', (t) => {
  t.doesNotThrow(
    () =>
      fc.assert(
        fc.property(event, (one) => {
          const planned = plan(undefined, one)
          const again = plan(planned.columns, one)
          return again.outcome === 'fits' && again.columns === planned.columns
        }),
        { numRuns: 500 },
      ),
    'after the plan is applied the same event fits, and the columns are the very same list',
  )
  t.doesNotThrow(
    () =>
      fc.assert(
        fc.property(event, event, (one, two) => {
          const before = plan(undefined, one).columns
          const after = plan(before, two).columns
          return before.every((old, index) => keeps(old, after[index]!))
        }),
        { numRuns: 500 },
      ),
    'a plan never removes, narrows, renames or moves a column',
  )
  t.doesNotThrow(
    () =>
      fc.assert(
        fc.property(event, (one) => {
          const names = plan(undefined, one).columns.map(({ name }) => name.toLowerCase())
          return new Set(names).size === names.length
        }),
        { numRuns: 500 },
      ),
    'names are unique without regard to case',
  )
  t.end()
})

function keeps(before: Column, after: Column): boolean {
  const same = before.name === after.name && before.type === after.type && before.mode === after.mode
  return same && (before.fields ?? []).every((field, index) => keeps(field, after.fields![index]!))
}
