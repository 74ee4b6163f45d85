import fc from 'fast-check'
import t from 'tap'
import { cases } from '../../../../test/long-tests.ts'
import { readClosely } from '../../src/json/read-closely.ts'

t.test('it reads what JSON.parse reads, in the same order', (t) => {
  const spaces = fc.constantFrom(undefined, 1, '\t')
  // letters alone in keys: what JSON.parse makes of escapes in them is no measure
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom(null, true, false, '', '"', '\\', ':,[]{}', 'é€𝄞'),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom('b', 'a', '10', '9', '', 'é', '__proto__'), tie('value'), { maxKeys: 4 }),
    ),
  }))
  fc.assert(
    fc.property(value, spaces, (any, space) => {
      const text = JSON.stringify(any, undefined, space)
      const read = readClosely(text)
      return read.duplicate === undefined && JSON.stringify(read.value) === JSON.stringify(JSON.parse(text))
    }),
    { numRuns: cases(3000) },
  )
  t.end()
})

t.test('every digit stays, and the last value of a key that comes twice', (t) => {
  const read = readClosely(String.raw`{"\"":[1e400, 9007199254740993],"x":{"a\n":1,"b":2,"a\n":3}}`)
  t.equal(String((read.value as { '"': unknown[] })['"'][1]), '9007199254740993')
  t.same(Object.entries((read.value as { x: object }).x), [
    ['a\n', 3],
    ['b', 2],
  ])
  t.equal(read.duplicate, '/x/a\n')
  t.end()
})
