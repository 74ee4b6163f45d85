import fc from 'fast-check'
import t from 'tap'
import { isObject, jsonColumnText, parseJson, toJsonText } from '../src/json-text.ts'

t.test('numbers keep every digit', (t) => {
  t.same(parseJson('{"a":9007199254740993,"b":-9007199254740993,"c":12}'), {
    a: 9007199254740993n,
    b: -9007199254740993n,
    c: 12,
  })
  for (const json of [
    '{"a":12345678901234567890123}',
    '[1e400,-1e999]',
    '[0.1,1e-7]',
    '[1e-400,2.4e-324]',
    '[12345678.123456789,1.000000000000000005]',
  ]) {
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

t.test('a number has one value, however it was spelled and whatever stands beside it', (t) => {
  const spellings = [
    ['10000000000000000', '1e16', '10000000000000000.0'],
    ['9007199254740993', '9007199254740993.00', '9007199254740.993e3'],
    ['100000000000000000000', '1e20', '1E+20'],
  ]
  for (const same of spellings) {
    const values = same.flatMap((text) => [parseJson(text), (parseJson(`[${text},1e400]`) as unknown[])[0]])
    t.equal(new Set(values).size, 1, same.join(' '))
  }
  t.end()
})

t.test('long digits in texts, and exponents in words, change nothing', (t) => {
  for (const text of [
    '"12345678901234567890"',
    '"x 12345678.123456789"',
    '"1e400"',
    '"192.168.100.200.100"',
    '"8e123f"',
  ])
    t.same(parseJson(`{"a":${text},"b":[1.5,true]}`), { a: JSON.parse(text) as string, b: [1.5, true] })
  t.end()
})

t.test('in a JSON column, a number that BigQuery would round or refuse is text', (t) => {
  const cases = [
    [
      '[1,1.5,-9223372036854775808,18446744073709551615,1e300]',
      '[1,1.5,-9223372036854775808,18446744073709551615,1e+300]',
    ],
    ['{"a":{"b":12345678.123456789}}', '{"a":{"b":"12345678.123456789"}}'],
    ['[18446744073709551616,-9223372036854775809]', '["18446744073709551616","-9223372036854775809"]'],
    ['[1e400,1e-400,"1e400",null]', '["1e400","1e-400","1e400",null]'],
  ] as const
  for (const [text, kept] of cases) t.equal(jsonColumnText(parseJson(text)), kept, text)
  t.end()
})
