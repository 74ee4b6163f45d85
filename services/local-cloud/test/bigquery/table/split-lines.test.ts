import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { addNames, splitLines } from '../../../src/bigquery/table/split-lines.ts'

const NAMES = ['a', 'b', 'c"', 'd\\', 'ä', 'ключ', '{', 'g,h']
const manyRows = fc.array(
  fc
    .array(fc.tuple(fc.constantFrom(...NAMES, 'unknown'), fc.jsonValue()), { maxLength: 12 })
    .map((members) => Object.fromEntries(members)),
  { minLength: 1, maxLength: 6 },
)

t.test('each part of lines has the members of its names, in the same lines', (t) => {
  fc.assert(
    fc.property(manyRows, fc.integer({ min: 1, max: NAMES.length }), (rows, size) => {
      const parts = Array.from({ length: Math.ceil(NAMES.length / size) }, (_, index) =>
        NAMES.slice(index * size, (index + 1) * size),
      )
      const split = splitLines(Buffer.from(rows.map((row) => JSON.stringify(row)).join('\n')), parts)
      const wanted = parts.map((names) =>
        rows
          .map((row) =>
            JSON.stringify(Object.fromEntries(Object.entries(row).filter(([name]) => names.includes(name)))),
          )
          .join('\n'),
      )
      assert.deepEqual(split.map(String), wanted)
      const names = new Set<string>()
      for (const part of split) addNames(names, part)
      const known = rows.flatMap((row) => Object.keys(row)).filter((name) => NAMES.includes(name))
      assert.deepEqual(names, new Set(known))
    }),
  )
  t.end()
})

t.test('values keep their bytes, a name that is escaped is the same name', (t) => {
  const line = String.raw`{"\u0061" : 12345678901234567890.10, "b":[{"a":"}\","},2], "a":1e400 }`
  t.same(splitLines(Buffer.from(line), [['b'], ['a']]).map(String), [
    String.raw`{"b":[{"a":"}\","},2]}`,
    String.raw`{"\u0061" : 12345678901234567890.10,"a":1e400 }`,
  ])
  t.end()
})

t.test('what is no object of JSON is refused, with its place', (t) => {
  for (const line of ['[1]', '{"a":1', '{"a"}', '{a:1}', '{"a', '{"a":"b}'])
    t.throws(() => splitLines(Buffer.from(line), [['a'], ['b']]), /at byte \d+/, line)
  t.end()
})
