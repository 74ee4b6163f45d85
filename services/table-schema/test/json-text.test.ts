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

t.test('a long number is found at whatever place it stands, in the text as in its bytes', (t) => {
  for (let before = 0; before < 40; before++) {
    for (const digits of [15, 16, 17, 19, 40]) {
      const number = '9'.repeat(digits)
      const text = `{"${'k'.repeat(before)}":${number},"z":"é"}`
      for (const parsed of [parseJson(text), parseJson(text, Buffer.from(text))])
        t.equal(toJsonText(parsed), text, text)
    }
  }
  t.end()
})
