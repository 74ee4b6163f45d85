import assert from 'node:assert/strict'
import { fitsType, parseJson, type JsonObject } from '@tablestream/table-schema'
import fc from 'fast-check'
import t from 'tap'
import { CsvTypes, jsonOf, type CsvType } from '../../src/formats/index.ts'

function typeOf(...texts: (string | undefined)[]): CsvType | undefined {
  const types = new CsvTypes(1)
  for (const text of texts) types.take([text])
  return types.types()[0]
}

t.test('a column has the narrowest type that holds all of its values', (t) => {
  const cases: [CsvType | undefined, (string | undefined)[]][] = [
    ['BOOL', ['true', undefined, 'FALSE', 'True']],
    ['INT64', ['0', '-1', '9223372036854775807']],
    ['NUMERIC', ['1', '9223372036854775808']],
    ['FLOAT64', ['1', '1.5', '-0.25', '1e3']],
    ['NUMERIC', ['1.5', '12345678901234567.123456789']],
    ['BIGNUMERIC', ['1.5', '0.12345678901234567890123456789']],
    ['DATE', ['2026-11-29', '0001-01-01']],
    ['TIMESTAMP', ['2026-11-29T10:00:00Z', '2026-11-29 10:00:00.5 UTC', '2026-11-29T10:00:00+01:00']],
    ['TIME', ['10:00:00', '23:59:59.999999']],
    ['STRING', ['1', 'x']],
    ['STRING', ['true', '1']],
    ['STRING', ['2026-11-29', '2026-11-29T10:00:00Z']],
    ['STRING', ['007', '8']],
    ['STRING', ['+49', '8']],
    ['STRING', ['2026-11-31']],
    ['STRING', ['2026-11-29 10:00:00']],
    ['STRING', ['']],
    ['STRING', [' 1']],
    ['STRING', ['NaN']],
    [undefined, [undefined, undefined]],
  ]
  for (const [type, texts] of cases) t.equal(typeOf(...texts), type, JSON.stringify(texts))
  t.end()
})

const text = fc.oneof(
  fc.constant(undefined),
  fc.integer().map(String),
  fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }).map(String),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => JSON.stringify(value)),
  fc.tuple(fc.bigInt({ min: 0n, max: 10n ** 20n }), fc.integer({ min: 0, max: 12 })).map(([value, scale]) =>
    value
      .toString()
      .padStart(13, '1')
      .replace(new RegExp(`(?=\\d{${scale}}$)`), scale ? '.' : ''),
  ),
  fc.boolean().map(String),
  fc
    .date({ min: new Date('1000-01-01'), max: new Date('9999-01-01'), noInvalidDate: true })
    .map((date) => date.toISOString()),
  fc
    .date({ min: new Date('1000-01-01'), max: new Date('9999-01-01'), noInvalidDate: true })
    .map((date) => date.toISOString().slice(0, 10)),
  fc.constantFrom('007', '10:11:12', '-0', '1e400', '-', '', 'x"y', '1.', '.5', 'true ', '00'),
  fc.string(),
)

t.test('each value of a column fits its type, and says what the text said', (t) => {
  const property = fc.property(fc.array(text, { maxLength: 8 }), (texts) => {
    const type = typeOf(...texts)
    for (const each of texts) {
      const object = parseJson(jsonOf([each], ['c'], [type]).toString()) as JsonObject
      if (each === undefined) assert.deepEqual(object, {})
      else {
        const value = object['c']!
        assert.ok(fitsType(type!, value), `${type} of ${each}`)
        if (typeof value === 'string') assert.equal(value, each)
        else if (typeof value === 'boolean') assert.equal(String(value), each.toLowerCase())
        else
          assert.ok(jsonOf([each], ['c'], [type]).toString().endsWith(`:${each}}`), 'a number has its digits')
      }
    }
  })
  fc.assert(property, { numRuns: 1000 })
  t.end()
})

t.test('the order of the values and who saw them change nothing', (t) => {
  const property = fc.property(fc.array(text, { maxLength: 8 }), fc.nat(8), (texts, cut) => {
    const all = typeOf(...texts)
    assert.equal(typeOf(...texts.toReversed()), all)
    const first = new CsvTypes(1)
    const second = new CsvTypes(1)
    for (const each of texts.slice(0, cut)) first.take([each])
    for (const each of texts.slice(cut)) second.take([each])
    first.merge(JSON.parse(JSON.stringify(second)))
    assert.deepEqual(first.types(), [all])
  })
  fc.assert(property, { numRuns: 500 })
  t.end()
})

t.test(
  'a type that a contract demands makes of text what a load job makes of it, and leaves the rest to the judge',
  (t) => {
    const json = (type: CsvType, ...texts: string[]) =>
      texts.map((each) => JSON.parse(jsonOf([each], ['c'], [type]).toString()).c)
    t.same(json('INT64', '007', '+5', ' 12 ', 'x'), [7, 5, 12, 'x'])
    t.same(json('FLOAT64', '1.', '00.50', '-0012e2'), [1, 0.5, -1200])
    t.same(json('BOOL', 'yes', 'F', '0', 'TRUE', 'maybe'), [true, false, false, true, 'maybe'])
    t.same(json('TIMESTAMP', '2026-11-29 10:00:00', '2026-11-29T10:00:00.5', 'now'), [
      '2026-11-29T10:00:00Z',
      '2026-11-29T10:00:00.5Z',
      'now',
    ])
    t.same(json('STRING', '5', 'true'), ['5', 'true'])
    t.end()
  },
)
