import fc from 'fast-check'
import t from 'tap'
import { columnName, describeKey, isLegalColumnName, keyOfColumn, tableName } from '../src/legal-name.ts'

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
  t.doesNotThrow(() =>
    fc.assert(
      fc.property(fc.string({ maxLength: 150, unit: 'binary' }), (key) => {
        const name = columnName(key, nobody)
        return isLegalColumnName(name) && keyOfColumn(name, describeKey(name, key)) === key
      }),
    ),
  )
  t.equal(keyOfColumn('a', 'somebody wrote this'), 'a')
  t.equal(keyOfColumn('a', null), 'a')
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
