import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import {
  decimalOfText,
  isSameNumber,
  isToldByDouble,
  plainText,
  scaleOf,
  wholeDigits,
} from '../../src/json/decimal.ts'

t.test('two spellings of a number are one decimal', (t) => {
  for (const [one, two] of [
    ['1', '1.0'],
    ['1000', '1e3'],
    ['1.50', '15E-1'],
    ['-0.00125', '-125e-5'],
    ['0', '-0.000e7'],
  ] as const)
    t.same(decimalOfText(one), decimalOfText(two), `${one} ${two}`)
  t.notSame(decimalOfText('1'), decimalOfText('-1'))
  t.throws(() => decimalOfText('1.2.3'), TypeError)
  t.end()
})

t.test('a double stands for the numbers that its shortest text spells', (t) => {
  for (const text of ['0.30000000000000004', '1e23', '100000000000000000000000', '-0', '5e-324', '1e300'])
    t.ok(isSameNumber(text, Number(text)), text)
  for (const text of [
    '9007199254740993',
    '9007199254740993.0',
    '12345678.123456789',
    '1.000000000000000005',
    '0.10000000000000001',
    '1e400',
    '1e-400',
    '2.4e-324',
    '1e-99999999999999999999999',
  ])
    t.notOk(isSameNumber(text, Number(text)), text)
  t.end()
})

t.test('a double is told by every text of 17 digits or fewer that it prints, and by no other', (t) => {
  for (const text of ['0.10000000000000001', '12345678.123456789', '1e-7', '-0.0', '4.9406564584124654e-324'])
    t.ok(isToldByDouble(text, Number(text)), text)
  for (const text of ['9007199254740993', '8.000000000000001', '1.000000000000000005', '1e400', '1e-400'])
    t.notOk(isToldByDouble(text, Number(text)), text)
  t.end()
})

t.test('15 digits are never too many for a double', (t) => {
  const number = fc.tuple(fc.integer({ min: 0, max: 999_999_999_999_999 }), fc.integer({ min: -99, max: 99 }))
  fc.assert(
    fc.property(number, ([digits, power]) =>
      isSameNumber(`${digits}e${power}`, Number(`${digits}e${power}`)),
    ),
    { numRuns: 5000 },
  )
  t.end()
})

t.test('the plain text of a decimal spells the same number, with as many digits as were counted', (t) => {
  const number = fc.tuple(
    fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n }),
    fc.integer({ min: -60, max: 60 }),
  )
  fc.assert(
    fc.property(number, ([digits, power]) => {
      const decimal = decimalOfText(`${digits}e${power}`)
      const text = plainText(decimal)
      const [whole = '', fraction = ''] = text.replace('-', '').split('.')
      const digitsBefore = whole === '0' ? 0 : whole.length
      assert.deepEqual(decimalOfText(text), decimal)
      return digitsBefore === wholeDigits(decimal) && fraction.length === scaleOf(decimal)
    }),
  )
  t.end()
})
