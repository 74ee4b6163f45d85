import fc from 'fast-check'
import t from 'tap'
import { isObject, parseJson, toJsonText } from '../src/json-text.ts'

t.test('whole numbers keep every digit', (t) => {
  t.same(parseJson('{"a":9007199254740993,"b":-9007199254740993,"c":12}'), {
    a: 9007199254740993n,
    b: -9007199254740993n,
    c: 12,
  })
  for (const json of ['{"a":12345678901234567890123}', '[1e400,-1e999]', '[0.1,1e-7]']) {
    t.equal(toJsonText(parseJson(json)), json)
  }
  t.notOk(isObject(parseJson('1e400')), 'a number too large for a double is no object')
  t.end()
})

t.test('parsing and printing gives the value back', (t) => {
  const number = fc.bigInt().map(String)
  t.doesNotThrow(() =>
    fc.assert(fc.property(number, (digits) => toJsonText(parseJson(`[${digits}]`)) === `[${digits}]`)),
  )
  t.doesNotThrow(() =>
    fc.assert(
      fc.property(fc.json(), (json) => toJsonText(parseJson(json)) === JSON.stringify(JSON.parse(json))),
    ),
  )
  t.end()
})
