import { createHash } from 'node:crypto'
import fc from 'fast-check'
import t from 'tap'
import { describeColumn, readDescription } from '../../src/columns/column-description.ts'
import { identityOf, nameOfLong } from '../../src/names/key-identity.ts'
import { columnName, isLegalColumnName } from '../../src/names/legal-name.ts'
import { plan } from '../../src/plan/plan.ts'
import { SYSTEM_COLUMNS } from '../../src/columns/system-columns.ts'

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

t.test('long keys that somebody looked for have columns of their own', (t) => {
  // the same first characters, and the same eight digits of their hashes
  const seen = new Map<string, string>()
  let pair: [string, string] | undefined
  for (let n = 0; !pair; n++) {
    const key = `${'k'.repeat(200)}${n}`
    const digits = createHash('sha256').update(key).digest('hex').slice(0, 8)
    if (seen.has(digits)) pair = [seen.get(digits)!, key]
    seen.set(digits, key)
  }
  const [one, two] = pair
  t.not(identityOf(one), identityOf(two))
  const long = 'é'.repeat(151)
  const named = nameOfLong(identityOf(long))
  for (const keys of [
    [one, two],
    // short ones, which the same eight digits tell apart no more
    ['a!!!!-!!!-!!-!!--', 'a!-!!---!-!-!!-!!-'],
    [long, named],
    [named, long],
  ]) {
    const event = Object.fromEntries(keys.map((key, index) => [key, index]))
    const { columns } = plan(undefined, event)
    const together = columns.slice(SYSTEM_COLUMNS.length)
    t.equal(new Set(together.map(({ name }) => name.toLowerCase())).size, 2)
    t.equal(plan(columns, event).outcome, 'fits')
    // and one after the other
    const [first] = keys
    const grown = plan(plan(undefined, { [first!]: 0 }).columns, event).columns.slice(SYSTEM_COLUMNS.length)
    t.equal(new Set(grown.map(({ name }) => name.toLowerCase())).size, 2)
    for (const column of [...together, ...grown]) {
      const read = { ...column, ...readDescription(column.name, describeColumn(column)) }
      t.same(read, column)
    }
  }
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
