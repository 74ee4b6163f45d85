import fc from 'fast-check'
import t from 'tap'
import { isObject, toJsonText } from '../../src/json/json-text.ts'
import { parseJson } from '../../src/json/parse-json.ts'

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

t.test('a long number is found at whatever place it stands', (t) => {
  for (let before = 0; before < 40; before++) {
    for (const digits of [15, 16, 17, 19, 40]) {
      const number = '9'.repeat(digits)
      const text = `{"${'k'.repeat(before)}":${number},"z":"é"}`
      t.equal(toJsonText(parseJson(text)), text, text)
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

t.test('no text gives the keys of another one other names', (t) => {
  // what is remembered is remembered by the process: keys of no other test
  const poisons = ['{"poison 1":[],"\\\\":0}', '{"poison 2":[],"\\\\u":0}', '{"poison 3":[],"a\\\\":0}']
  for (const text of poisons) t.equal(toJsonText(parseJson(text)), text)
  for (const [text, key] of [
    ['{"poison 1":1,"\\"":2}', '"'],
    ['{"poison 1":1,"\\n" :2}', '\n'],
    ['{"poison 1":1,"\\u00e9":2}', 'é'],
    ['{"poison 2":1,"\\u540d\\u524d":2}', '名前'],
    ['{"poison 3":1,"a\\"":2}', 'a"'],
    ['[{"poison 3":9007199254740993,"a\\n":2}]', 'a\n'],
  ] as const) {
    const parsed = parseJson(text)
    const object = Array.isArray(parsed) ? (parsed[0] as object) : (parsed as object)
    t.equal(Object.keys(object)[1], key, text)
  }
  t.end()
})
