import fc from 'fast-check'
import t from 'tap'
import { describeColumn, readDescription } from '../src/column-description.ts'
import { identityOf } from '../src/key-identity.ts'
import { columnName, isLegalColumnName, tableName } from '../src/legal-name.ts'

const nobody: ReadonlySet<string> = new Set()

t.test('a legal key keeps its spelling', (t) => {
  for (const key of ['a', 'userId', '_x', 'A_B', 'x1']) t.equal(columnName(key, nobody), key)
  t.end()
})

t.test('keys that would meet after cleaning do not', (t) => {
  const keys = [
    'a.b',
    'a-b',
    'a_b',
    'a b',
    '+1',
    '-1',
    '1',
    '',
    '😀',
    '😁',
    'é',
    '_TABLE_x',
    '_table_x',
    '__ROOT__',
    'x'.repeat(400),
  ]
  const names = keys.map((key) => columnName(key, nobody))
  t.equal(new Set(names.map((name) => name.toLowerCase())).size, keys.length)
  for (const [index, name] of names.entries()) t.ok(isLegalColumnName(name), `${keys[index]} → ${name}`)
  t.end()
})

t.test('a key that differs from a sibling only in case takes another name', (t) => {
  t.match(columnName('userID', new Set(['userid'])), /^userID_[0-9a-f]{8}$/)
  t.end()
})

t.test('every key finds its way back from name and description', (t) => {
  const key = fc.oneof(
    fc.string({ maxLength: 300, unit: 'binary' }),
    fc.constantFrom('\0', '\0_unmapped', '\0key:x', '\0long:x', 'x'.repeat(2000), '😀'.repeat(200)),
  )
  fc.assert(
    fc.property(key, fc.boolean(), (raw, map) => {
      const name = columnName(raw, nobody)
      const columns = [
        { name, key: identityOf(raw) },
        { name: `${name}_map`, key: identityOf(raw), map: true as const },
      ]
      const column = columns[map ? 1 : 0]!
      const description = describeColumn(column)
      const read = { name: column.name, ...readDescription(column.name, description) }
      return (
        isLegalColumnName(name) &&
        (description ?? '').length <= 1024 &&
        JSON.stringify(read) === JSON.stringify(column)
      )
    }),
  )
  t.same(readDescription('a', 'somebody wrote this'), { key: 'a' })
  t.same(readDescription('a', 'JSON key "broken'), { key: 'a' })
  t.same(readDescription('a', null), { key: 'a' })
  t.end()
})

t.test('no two keys have one identity', (t) => {
  const keys = [
    '\0_unmapped',
    '\0key:\0_unmapped',
    '\0long:x',
    'x',
    'x'.repeat(151),
    'x'.repeat(152),
    '_unmapped',
  ]
  t.equal(new Set(keys.map(identityOf)).size, keys.length)
  t.end()
})

t.test('table names are snake_case', (t) => {
  const cases = {
    OrderPlaced: 'order_placed',
    'order.placed': 'order_placed',
    HTTPRequest: 'http_request',
    page_view: 'page_view',
    '1st': 't_1st',
  }
  for (const [type, name] of Object.entries(cases)) t.equal(tableName(type), name)
  t.match(tableName('día'), /^d_a_[0-9a-f]{8}$/)
  t.match(tableName('事件'), /^t_[0-9a-f]{8}$/)
  t.not(tableName('día'), tableName('dÍa'))
  t.end()
})

t.test('a name of any length is made in one look at its letters', (t) => {
  // a hundred times the letters: a quadratic look would take ten thousand times as long
  const time = (length: number) => {
    const start = performance.now()
    t.match(tableName('A'.repeat(length)), /^a+_[0-9a-f]{8}$/)
    return performance.now() - start
  }
  time(10_000)
  t.ok(time(1_000_000) < 2000, 'a million letters within two seconds')
  t.end()
})
